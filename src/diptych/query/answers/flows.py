"""What flows are answered with."""

from enum import StrEnum

import msgspec

from diptych.query.answer import Explanation
from diptych.query.parts import Scalar


class StepKind(StrEnum):
    """What stands at a step of a path."""

    EVENT = "event"
    OTHER = "other"  # any event that is not among the most frequent ones of its step
    END = "end"  # no further event within the window: behind the anchor a drop-off, before it a beginning
    MORE = "more"  # events that are not shown
    TARGET = "target"  # the event that paths lead to


class Step(msgspec.Struct, frozen=True):
    """What stands at a step: for events their name, and the value that they are expanded by."""

    kind: StepKind
    event: str | None = None
    value: Scalar = None


class FlowNode(msgspec.Struct, frozen=True):
    """`position` 0 is the anchor, negative ones come before it. `count`: the paths that go through."""

    position: int
    step: Step
    count: int


class FlowLink(msgspec.Struct, frozen=True):
    """Paths from one node to another: `source` and `target` are places in the list of nodes."""

    source: int
    target: int
    count: int


class FlowPath(msgspec.Struct, frozen=True):
    """A path from its first step to its last, ends included; `position` is its first step's."""

    position: int
    steps: list[Step]
    count: int


class FlowsAnswer(msgspec.Struct, frozen=True, tag="flows", tag_field="type"):
    """Nodes and links make the graph; `paths` are the most frequent whole ones, events never taken together.

    total       all paths
    converted   those that reach the event they lead to
    """

    total: int
    converted: int
    nodes: list[FlowNode]
    links: list[FlowLink]
    paths: list[FlowPath]
    timezone: str
    explanation: Explanation
