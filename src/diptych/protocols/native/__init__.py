"""Our own API."""

from typing import Any

from diptych.protocols.native import errors
from diptych.protocols.native.api import openapi, router
from diptych.protocols.native.definitions import saved_definitions

handlers: list[Any] = [router, openapi]

__all__ = ["errors", "handlers", "saved_definitions"]
