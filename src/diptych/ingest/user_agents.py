"""Browser, system and device of a user agent, under the canonical names of built-in properties."""

from functools import lru_cache

from ua_parser import parse

from diptych.model.jsontext import dump

_LONGEST = 1_000


@lru_cache(maxsize=20_000)
def context_of(user_agent: str) -> dict[str, str]:
    """Canonical name → canonical JSON text. The same value is given to many events: do not change it."""
    found = parse(user_agent[:_LONGEST].encode("utf-8", "replace").decode())
    named = {
        "browser": found.user_agent and found.user_agent.family,
        "browser_version": found.user_agent and _version(found.user_agent.major, found.user_agent.minor),
        "os": found.os and found.os.family,
        "os_version": found.os and _version(found.os.major, found.os.minor),
        "device": found.device and found.device.family,
        "device_brand": found.device and found.device.brand,
        "device_model": found.device and found.device.model,
    }
    return {name: dump(value) for name, value in named.items() if value}


def _version(*parts: str | None) -> str:
    return ".".join(part for part in parts if part)
