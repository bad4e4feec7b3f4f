"""Segment's context fields, and the canonical names of built-in properties. Source: Spec, common fields."""

from typing import Any

from diptych.ingest.standard_names import country_code, language_name
from diptych.ingest.user_agents import context_of
from diptych.model.jsontext import dump
from diptych.protocols.segment.values import string

CANONICAL = {
    ("app", "version"): "app_version",
    ("campaign", "name"): "utm_campaign",
    ("campaign", "source"): "utm_source",
    ("campaign", "medium"): "utm_medium",
    ("campaign", "term"): "utm_term",
    ("campaign", "content"): "utm_content",
    ("device", "manufacturer"): "manufacturer",
    ("device", "model"): "device_model",
    ("device", "name"): "device",
    ("device", "type"): "device_type",
    ("location", "city"): "city",
    ("location", "region"): "region",
    ("location", "country"): "country",
    ("network", "carrier"): "carrier",
    ("os", "name"): "os",
    ("os", "version"): "os_version",
    ("page", "url"): "current_url",
    ("page", "referrer"): "referrer",
    ("screen", "width"): "screen_width",
    ("screen", "height"): "screen_height",
}
"""Path in the context → canonical name."""

_TOP = {"ip": "ip", "locale": "language"}
OF_PAGES = {"url": "current_url", "referrer": "referrer"}
"""Property of a page call → canonical name."""


def builtins(context: dict[str, Any]) -> dict[str, str]:
    """Canonical name → canonical JSON text of what a context says."""
    found = {name: dump(context[key]) for key, name in _TOP.items() if _plain(context.get(key))}
    for (part, key), name in CANONICAL.items():
        inner = context.get(part)
        if isinstance(inner, dict) and _plain(value := inner.get(key)):
            found[name] = dump(value)
    for name, standard in (("country", country_code), ("language", language_name)):
        if found.get(name, "").startswith('"'):
            found[name] = dump(standard(string(found[name])))
    # What the client says of its device comes before what its user agent gives away.
    user_agent = context.get("userAgent")
    return context_of(string(dump(user_agent))) | found if isinstance(user_agent, str) else found


def _plain(value: Any) -> bool:
    return value not in (None, "") and isinstance(value, (str, int, float))
