"""An example or more of every type of question, in the JSON form of our API: name → question. Shown in OpenAPI."""

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "segmentation": {
        "type": "segmentation",
        "metrics": [{"event": {"names": ["Signed Up"]}, "measure": "unique"}],
        "range": {"type": "last", "count": 30, "unit": "day"},
        "interval": "day",
        "breakdowns": [{"property": {"key": "plan"}}],
    },
    "segmentation: share of weekly active people, per segment, beside the month before": {
        "type": "segmentation",
        "metrics": [
            {"event": {"names": ["Purchased"]}, "measure": "unique", "window": {"type": "days", "count": 7}},
            {"measure": "unique", "window": {"type": "days", "count": 7}},
        ],
        "formulas": [{"expression": "A / B * 100", "name": "share in percent"}],
        "segments": [
            {
                "name": "paying now",
                "filter": {
                    "type": "compare",
                    "property": {"key": "plan", "scope": "user"},
                    "operator": "equals",
                    "values": ["pro"],
                },
            },
            {"name": "everybody"},
        ],
        "range": {"type": "to_date", "unit": "month"},
        "compare": {"type": "shift", "unit": "month"},
    },
    "segmentation: median of what each person spent, by ranges of another number": {
        "type": "segmentation",
        "metrics": [
            {
                "event": {"names": ["Purchased"]},
                "measure": "median",
                "per_person": "sum",
                "property": {"key": "price"},
            }
        ],
        "breakdowns": [{"property": {"key": "items"}, "buckets": {"type": "automatic", "count": 5}}],
        "range": {"type": "between", "from": "2026-01-01", "to": "2026-03-31"},
        "interval": "month",
        "others": True,
        "limit": 10,
    },
    "funnel": {
        "type": "funnel",
        "steps": [
            {"event": {"names": ["Signed Up"]}},
            {"event": {"names": ["Invited", "Imported"]}},
            {"event": {"names": ["Purchased"]}},
        ],
        "window": {"count": 7, "unit": "day"},
        "breakdowns": [{"by": {"property": {"key": "plan"}}, "attribution": "last"}],
        "range": {"type": "last", "count": 30, "unit": "day"},
        "interval": "week",
        "times": True,
    },
    "retention": {
        "type": "retention",
        "start": {"names": ["Signed Up"]},
        "returning": {"names": ["Purchased"]},
        "range": {"type": "last", "count": 30, "unit": "day"},
        "windows": 8,
    },
    "cohort_sizes": {
        "type": "cohort_sizes",
        "cohorts": [
            {
                "type": "in_cohort",
                "name": "buyers",
                "cohort": {"condition": {"type": "did", "event": {"names": ["Purchased"]}, "value": 3}},
            }
        ],
    },
    "flows": {
        "type": "flows",
        "anchor": {"names": ["Signed Up"]},
        "before": 1,
        "after": 3,
        "count": "sessions",
        "range": {"type": "last", "count": 30, "unit": "day"},
    },
    "sessions": {
        "type": "sessions",
        "measure": "average_length",
        "breakdowns": [{"part": "entry"}],
        "range": {"type": "last", "count": 30, "unit": "day"},
    },
    "lifecycle": {"type": "lifecycle", "range": {"type": "last", "count": 12, "unit": "week"}, "interval": "week"},
    "frequency": {
        "type": "frequency",
        "event": {"names": ["Page Viewed"]},
        "range": {"type": "last", "count": 4, "unit": "week"},
        "period": "week",
        "unit": "day",
    },
    "composition": {
        "type": "composition",
        "breakdown": {"property": {"key": "plan", "scope": "user"}},
        "values": "latest",
    },
    "revenue": {
        "type": "revenue",
        "event": {"names": ["Purchased"]},
        "property": {"key": "price"},
        "interval": "week",
    },
    "lifetime_value": {
        "type": "lifetime_value",
        "event": {"names": ["Purchased"]},
        "property": {"key": "price"},
        "days": [0, 7, 30],
    },
    "impact": {
        "type": "impact",
        "treatment": {"names": ["Invited"]},
        "outcome": {"names": ["Purchased"]},
        "before": 7,
        "after": 7,
    },
}
