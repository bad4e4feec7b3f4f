"""Country, region and city of a client's address, from a file that the operator names."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import maxminddb

from diptych.model.jsontext import dump
from diptych.settings import StartupError


class Places:
    """Looks addresses up in a file in MaxMind's format. Without a file no address has a place."""

    def __init__(self, reader: maxminddb.Reader | None = None) -> None:
        self._reader = reader
        self.context_of = lru_cache(maxsize=50_000)(self._context_of)

    @classmethod
    def open(cls, file: Path | None) -> Self:
        """Open the file. Raises StartupError."""
        if file is None:
            return cls()
        try:
            return cls(maxminddb.open_database(file))
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            raise StartupError(
                f"DIPTYCH_GEOIP_FILE names {file}, which is no database of places in MaxMind's format ({error}): "
                "name a City or Country file (.mmdb), or leave the setting out."
            ) from error

    def _context_of(self, address: str) -> dict[str, str]:
        """Canonical name → canonical JSON text, empty for an address without a place.

        The same value is given to many events: do not change it.
        """
        found = self._look_up(address)
        divisions = found.get("subdivisions")
        region = divisions[0] if isinstance(divisions, list) and divisions else None
        named = {
            "country": _inner(found.get("country"), "iso_code"),
            "region": _inner(region, "names", "en"),
            "city": _inner(found.get("city"), "names", "en"),
        }
        return {name: dump(value) for name, value in named.items() if isinstance(value, str) and value}

    def time_zone_of(self, address: str) -> str:
        """IANA name of the zone of an address; empty when unknown."""
        zone = _inner(self._look_up(address).get("location"), "time_zone")
        return zone if isinstance(zone, str) else ""

    def _look_up(self, address: str) -> dict[str, Any]:
        if self._reader is None:
            return {}
        try:
            found = self._reader.get(address)
        except (ValueError, TypeError):  # no address
            return {}
        return found if isinstance(found, dict) else {}


def _inner(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
