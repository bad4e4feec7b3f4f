"""Files of lookup tables: lines of a CSV file, and what their cells are.

Source: RFC 4180; types of cells from Mixpanel's guide to lookup tables.
"""

import csv
import io
from datetime import datetime

from diptych.model import InvalidJSON, canonical
from diptych.model.jsontext import dump

csv.field_size_limit(1 << 20)


class NoCsv(ValueError):
    """Not a CSV file; the message says why."""


def lines_of(body: bytes) -> list[list[str]]:
    """The lines of a CSV file, empty ones left out. Raises NoCsv."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoCsv("the file must be UTF-8") from None
    try:
        return [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except csv.Error as error:
        raise NoCsv(f"not a CSV file: {error}") from None


def cell_of(text: str) -> str | None:
    """Canonical JSON text of a cell: a number, a date, a boolean, a list, else a text; None for an empty one."""
    plain = text.strip()
    if not plain:
        return None
    if plain.lower() in ("true", "false"):
        return plain.lower()
    if plain[0] in "-0123456789[":
        try:
            found = canonical(plain.encode())
        except InvalidJSON:
            found = ""
        if found and not _is_date(plain):
            return found
    return dump(text)


def _is_date(text: str) -> bool:
    try:
        return len(text) > 9 and bool(datetime.fromisoformat(text))
    except ValueError:
        return False
