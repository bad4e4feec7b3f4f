"""The nouns that every other package shares. Plain data, no input or output."""

from diptych.model.events import Accepted, Event, IdentityLink, Issue, Operation, ProfileUpdate
from diptych.model.jsontext import InvalidJSON, canonical, canonical_object
from diptych.model.projects import IdentityMode, Project

__all__ = [
    "Accepted",
    "Event",
    "IdentityLink",
    "IdentityMode",
    "InvalidJSON",
    "Issue",
    "Operation",
    "ProfileUpdate",
    "Project",
    "canonical",
    "canonical_object",
]
