"""What Prometheus sees of ingestion."""

from prometheus_client import Counter, Gauge

from diptych.model import Accepted

ACCEPTED = Counter("diptych_accepted_total", "Records that were stored durably", ["kind", "protocol"])
ISSUES = Counter("diptych_issues_total", "Records that were rejected or corrected", ["kind", "protocol", "reason"])
DEDUPLICATED = Counter(
    "diptych_deduplicated_total",
    "Copies of events that are not counted again (for Mixpanel: of events since the start, give or take 0.01 %)",
    ["protocol"],
)
SET_ASIDE = Counter("diptych_set_aside_total", "Rows and spool records that could not be inserted")
REPLAYS = Counter(
    "diptych_session_replays_refused_total", "Session replay uploads, which are not a feature", ["protocol"]
)
SPOOLED = Gauge("diptych_spooled_bytes", "Bytes accepted and not yet in the engine")
LAG = Gauge("diptych_lag_seconds", "Age of the oldest request that is accepted and not yet in the engine")


def count(batch: Accepted) -> None:
    """Count what one request stored."""
    # A request speaks one protocol.
    if batch.events:
        ACCEPTED.labels("event", batch.events[0].protocol).inc(len(batch.events))
    if batch.updates:
        ACCEPTED.labels("profile update", batch.updates[0].protocol).inc(len(batch.updates))
    if batch.links:
        ACCEPTED.labels("identity link", "").inc(len(batch.links))
    for issue in batch.issues:
        ISSUES.labels(issue.kind, issue.protocol, issue.reason).inc(issue.count)
