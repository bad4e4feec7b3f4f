"""Amplitude's protocols: ingestion, what SDKs ask beside it, the Dashboard REST API."""

from diptych.protocols.amplitude import (
    browser,
    charts,
    cohorts,
    dashboard,
    export,
    ingestion,
    lookups,
    persons,
    saved,
    taxonomy,
    ways,
)

handlers = [
    ingestion.httpapi,
    ingestion.forms,
    ingestion.usermap,
    ingestion.old_sdks,
    browser.remote_config,
    browser.session_replay,
    browser.diagnostics,
    dashboard.segmentation,
    *ways.HANDLERS,
    *charts.HANDLERS,
    *persons.HANDLERS,
    *export.HANDLERS,
    *cohorts.HANDLERS,
    *saved.HANDLERS,
    *taxonomy.HANDLERS,
    *lookups.HANDLERS,
]

__all__ = ["handlers"]
