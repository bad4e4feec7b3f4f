"""The nouns that every other package shares. Plain data, no input or output."""

from diptych.model.events import (
    EVENT_BYTES,
    Accepted,
    Event,
    IdentityLink,
    Issue,
    LinkKind,
    Operation,
    ProfileUpdate,
    size_of,
)
from diptych.model.jsontext import InvalidJSON, canonical, canonical_object
from diptych.model.projects import IdentityMode, PrivacySignals, Project, ProjectSettings, SessionRule
from diptych.model.roles import Role

__all__ = [
    "EVENT_BYTES",
    "Accepted",
    "Event",
    "IdentityLink",
    "IdentityMode",
    "InvalidJSON",
    "Issue",
    "LinkKind",
    "Operation",
    "PrivacySignals",
    "ProfileUpdate",
    "Project",
    "ProjectSettings",
    "Role",
    "SessionRule",
    "canonical",
    "canonical_object",
    "size_of",
]
