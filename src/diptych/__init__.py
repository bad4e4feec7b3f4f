"""Diptych: product analytics over one store, in both vendors' data models."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diptych.client import AsyncClient as AsyncClient, Client as Client

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The clients, imported when somebody asks for them: the server does without."""
    if name in ("Client", "AsyncClient"):
        from diptych import client

        return getattr(client, name)
    raise AttributeError(f"module 'diptych' has no attribute {name!r}")
