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
}
