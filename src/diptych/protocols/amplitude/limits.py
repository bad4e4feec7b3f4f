"""Silenced devices and throttled ids, where a project sets such bounds.

Source: HTTP V2 API (429, silenced devices) and Batch Event Upload (daily quota).
"""

from collections import Counter
from math import ceil
from typing import Any

from diptych.ingest.policy import Policy
from diptych.model import Project
from diptych.protocols.amplitude.requests import Fields, Upload
from diptych.protocols.amplitude.texts import text_of

_WINDOW = 30


def refusal(upload: Upload, project: Project, policy: Policy, now: int) -> dict[str, Any] | None:
    """The answer to a request that goes beyond a bound; None for one that does not, which is then counted."""
    settings = project.settings
    found = _silenced(upload, project)
    if found is None and (settings.device_events_per_second or settings.device_events_per_day):
        found = _throttled(upload, project, policy, now)
    if found is None and policy.too_many(project, len(upload.events), now):
        found = _too_many(settings.events_per_minute // 60) | {"throttled_events": list(range(len(upload.events)))}
    return found


def _silenced(upload: Upload, project: Project) -> dict[str, Any] | None:
    silenced = set(project.settings.silenced_devices)
    if not silenced:
        return None
    places = [index for index, sent in enumerate(upload.events) if _id(sent, "device_id") in silenced]
    if not places:
        return None
    return {
        "code": 400,
        "error": "Events silenced for device_id",
        "eps_threshold": project.settings.device_events_per_second,
        "exceeded_daily_quota_devices": {},
        "silenced_devices": sorted({_id(upload.events[index], "device_id") for index in places}),
        "silenced_events": places,
        "throttled_devices": {},
        "throttled_events": places,
    }


def _throttled(upload: Upload, project: Project, policy: Policy, now: int) -> dict[str, Any] | None:
    """Every id is bounded by itself; a request with one that is beyond its bound is refused as a whole."""
    threshold, quota = project.settings.device_events_per_second, project.settings.device_events_per_day
    body = _too_many(threshold)
    counts = {
        kind: Counter(name for sent in upload.events if (name := _id(sent, field)))
        for kind, field in (("devices", "device_id"), ("users", "user_id"))
    }
    for kind, names in counts.items():
        for name, count in names.items():
            key = project.id, kind, name
            lately = policy.of_ids.count(key, now) + count
            today = policy.of_ids_daily.count(key, now) + count
            if threshold and lately > threshold * _WINDOW:
                body[f"throttled_{kind}"][name] = ceil(lately / _WINDOW)
            if quota and today > quota:
                body[f"throttled_{kind}"].setdefault(name, ceil(lately / _WINDOW))
                body[f"exceeded_daily_quota_{kind}"][name] = today
    if not body["throttled_devices"] and not body["throttled_users"]:
        for kind, names in counts.items():
            for name, count in names.items():
                policy.of_ids.add((project.id, kind, name), count, now)
                policy.of_ids_daily.add((project.id, kind, name), count, now)
        return None
    body["throttled_events"] = [
        index
        for index, sent in enumerate(upload.events)
        if _id(sent, "device_id") in body["throttled_devices"] or _id(sent, "user_id") in body["throttled_users"]
    ]
    return body


def _too_many(threshold: int) -> dict[str, Any]:
    return {
        "code": 429,
        "error": "Too many requests for some devices and users",
        "eps_threshold": threshold,
        "throttled_devices": {},
        "throttled_users": {},
        "exceeded_daily_quota_devices": {},
        "exceeded_daily_quota_users": {},
    }


def _id(sent: Fields | None, field: str) -> str:
    return text_of((sent or {}).get(field))
