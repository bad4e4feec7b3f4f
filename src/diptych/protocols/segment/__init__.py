"""Segment's HTTP tracking API, and what its libraries ask beside it. Rules and sources: docs/segment.md."""

from diptych.protocols.segment import ingestion, startup

handlers = [
    ingestion.messages,
    ingestion.batches,
    startup.settings,
    startup.metrics,
]

__all__ = ["handlers"]
