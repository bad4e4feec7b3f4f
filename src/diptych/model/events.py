"""What a client's request becomes: events, profile updates and identity links.

Protocols build these values, ingest stamps and stores them. Times are UTC milliseconds since the
epoch. Property values are canonical JSON text (see `diptych.model.jsontext`), so that nothing about a
value is lost or invented between a client and an export.

The spool keeps these values as arrays: a new field goes to the end, with a default. They hold texts and numbers
only, so that the garbage collector has nothing to look for in them.
"""

from enum import StrEnum

import msgspec

EVENT_BYTES = 1 << 20
"""Bound of one event or profile update, counted in characters of its keys and values."""


def size_of(texts: dict[str, str]) -> int:
    """Characters of keys and values."""
    return sum(map(len, texts)) + sum(map(len, texts.values()))


class Event(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One event, whoever sent it.

    time             when it happened, corrected by the vendor's own rule for wrong clocks
    client_time      when the client said it happened, before any correction; None if it did not say
    upload_time      when the client said that it sent the request; None if it did not say
    received         when the request arrived
    distinct_id      the id under which the event counts, as the project's identity mode reads the
                     ids that were sent; empty: tied to no one
    user_id, device_id   as sent; empty: not sent
    insert_id        the sender's id for this event; empty: not sent, so that it is never merged
    copy_key         what makes two events copies of each other, by the sender's vendor; None: nothing
                     does, the event is counted whatever else arrives
    first_copy_wins  which of several copies is kept: the first (Amplitude) or the last (Mixpanel)
    copy_days        how long an event with the same copy key is a copy of a first one; 0: for good
    own_properties_only  it sees no other user properties than the ones that it carries
    properties       the sender's event properties
    user_properties  user properties that came with the event, as sent (values or operations)
    context          built-in properties under their canonical names (`browser`, `country` …)
    envelope         every other field of the vendor's envelope, by its own name
    sent_id          the distinct id as sent, where the protocol has one and it is not what the event counts under
    groups           group type → group ids
    control          a control event (`$identify` …): kept and exported, never counted as activity
    accept_id        ours, fixed when the event is accepted; orders everything that was ever received
    """

    project: int
    name: str
    time: int
    received: int
    client_time: int | None = None
    upload_time: int | None = None
    distinct_id: str = ""
    user_id: str = ""
    device_id: str = ""
    insert_id: str = ""
    copy_key: str | None = None
    first_copy_wins: bool = False
    session_id: int | None = None
    event_id: int | None = None
    properties: dict[str, str] = {}
    user_properties: dict[str, str] = {}
    context: dict[str, str] = {}
    envelope: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    control: bool = False
    protocol: str = ""
    library: str = ""
    accept_id: int = 0
    copy_days: int = 0
    own_properties_only: bool = False
    sent_id: str = ""


class Operation(StrEnum):
    """What a profile update does. Both vendors' operations under one set of names; docs/profiles.md explains them."""

    SET = "set"
    SET_ONCE = "set_once"
    ADD = "add"
    PUSH = "push"
    APPEND = "append"
    PREPEND = "prepend"
    PRE_INSERT = "pre_insert"
    POST_INSERT = "post_insert"
    UNION = "union"
    REMOVE = "remove"
    UNSET = "unset"
    CLEAR_ALL = "clear_all"
    DELETE = "delete"


class ProfileUpdate(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One operation on one profile.

    group_type   empty: a person's profile; else the type of the group whose profile it is
    profile_id   the id as the event path would write it into `distinct_id` (or the group's id)
    time         when the update happened; never later than its receipt
    position     its place among the updates of one request, to break ties
    values       property → canonical JSON text; for `unset` the text is ignored
    of_event     the place in the request of the event that it came with: a copy of that event does not
                 bring it again
    """

    project: int
    profile_id: str
    operation: Operation
    values: dict[str, str]
    time: int
    received: int
    group_type: str = ""
    position: int = 0
    protocol: str = ""
    accept_id: int = 0
    of_event: int | None = None


class LinkKind(StrEnum):
    """What a statement in the identity log says. The project's identity mode says what follows."""

    STATED = "stated"
    TOGETHER = "together"
    IDENTIFIED = "identified"
    RENAMED = "renamed"
    MERGED = "merged"
    ALIAS = "alias"
    UNLINK = "unlink"


class IdentityLink(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """A statement in the identity log. Both ids are such as events carry in `distinct_id`.

    kind      `stated`: an event without an id of its own was sent by the device `actor` and the user `person`.
              `together`: the same, of an event that also had an id of its own
              `identified`: the anonymous id `actor` is the identified id `person`
              `renamed`: `actor` is a new name of `person`
              `merged`: both are one
              `alias`: `actor` is whoever `person` is, in every mode
              `unlink`: nothing that was said of the two until then counts any more; an empty person means every
              alias of the actor
    source    what made the statement, in the words of its vendor (`$identify`, `usermap` …)
    of_event  the place in the request of the event that made it: the statement comes just before that event
    """

    project: int
    actor: str
    person: str
    source: str
    time: int
    received: int
    accept_id: int = 0
    kind: LinkKind = LinkKind.STATED
    of_event: int | None = None


class Issue(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """Something was wrong with what a client sent, told to the people of the project.

    kind      `rejected`: not stored; `corrected`: stored in another form than it was sent
    reason    in words, the same words for the same cause, so that it can be counted
    field     the part of the record at fault, empty when it is the whole
    count     how many records of the request
    sample    the first of them, as text, cut to 2,000 characters
    """

    project: int
    kind: str
    reason: str
    received: int
    protocol: str = ""
    field: str = ""
    count: int = 1
    sample: str = ""
    accept_id: int = 0


class Accepted(msgspec.Struct, array_like=True):
    """All that one request asks to store. It is stored as a whole or not at all."""

    events: list[Event] = []
    updates: list[ProfileUpdate] = []
    links: list[IdentityLink] = []
    issues: list[Issue] = []

    def add(self, event: Event, updates: list[ProfileUpdate], links: list[IdentityLink]) -> None:
        """Add an event and what came with it."""
        for update in updates:
            update.position = len(self.updates)
            update.of_event = len(self.events)
            self.updates.append(update)
        for link in links:
            link.of_event = len(self.events)
        self.links += links
        self.events.append(event)

    def extend(self, other: "Accepted") -> None:
        """Add what came for another project in the same request."""
        for update in other.updates:
            if update.of_event is not None:
                update.of_event += len(self.events)
        for link in other.links:
            if link.of_event is not None:
                link.of_event += len(self.events)
        self.events += other.events
        self.updates += other.updates
        self.links += other.links
        self.issues += other.issues

    def in_order(self) -> "list[Event | ProfileUpdate | IdentityLink | Issue]":
        """Everything in the order in which it was said: what an event says of its ids, the event, its updates."""
        later = len(self.events)
        rows: list[tuple[int, int, Event | ProfileUpdate | IdentityLink | Issue]] = [
            *((later if link.of_event is None else link.of_event, 0, link) for link in self.links),
            *((place, 1, event) for place, event in enumerate(self.events)),
            *((later if update.of_event is None else update.of_event, 2, update) for update in self.updates),
            *((later, 3, issue) for issue in self.issues),
        ]
        return [row for _, _, row in sorted(rows, key=lambda row: row[:2])]
