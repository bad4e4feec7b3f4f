"""The earlier range that a question compares its own with."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import DateRange, Instants
from diptych.query.questions import Segmentation
from diptych.query.questions.segmentation import ComparedRange, Shift
from diptych.query.relative import moved
from diptych.query.resolve import buckets

_DAY = 86_400_000


def compared(question: Segmentation, found: list[Bucket], project: Project, now: int) -> list[Bucket]:
    """The buckets of the range that is compared; `found` are those of the question's own. Raises InvalidQuestion."""
    return buckets(_range(question, found[0].start, found[-1].end, project.timezone), question.interval, project, now)


def _range(question: Segmentation, start: int, end: int, zone: str) -> DateRange:
    match question.compare:
        case ComparedRange(range=other):
            return other
        case Shift(unit=unit, count=count):
            return _instants(moved(start, -count, unit, zone), moved(end, -count, unit, zone))
        case _:
            return _instants(_before(start, end, zone), start)


def _before(start: int, end: int, zone: str) -> int:
    """As many local days earlier; as much time where the range is not of whole days."""
    first, last = (datetime.fromtimestamp(at / 1000, ZoneInfo(zone)) for at in (start, end))
    if first.time() == last.time():
        return moved(start, -(last.date() - first.date()).days, "day", zone)
    return start - (end - start)


def _instants(start: int, end: int) -> Instants:
    return Instants(*(datetime.fromtimestamp(at // 1000, UTC) for at in (start, end)))
