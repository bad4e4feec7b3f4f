"""Mixpanel's protocols: ingestion, what SDKs ask at start-up, the query API."""

from diptych.protocols.mixpanel import (
    accounts,
    browser,
    engage,
    export,
    flows,
    ingestion,
    insights,
    library,
    lookups,
    management,
    people_events,
    query,
    saved,
    schemas,
)

handlers = [
    ingestion.track,
    ingestion.engage,
    ingestion.groups,
    ingestion.import_events,
    browser.settings,
    browser.flags,
    browser.flag_definitions,
    browser.decide,
    browser.record,
    lookups.list_tables,
    lookups.replace_table,
    *query.HANDLERS,
    *engage.HANDLERS,
    *saved.HANDLERS,
    *people_events.HANDLERS,
    *insights.HANDLERS,
    *flows.HANDLERS,
    *management.HANDLERS,
    *library.HANDLERS,
    *schemas.HANDLERS,
    *accounts.HANDLERS,
    export.export,
]

__all__ = ["handlers"]
