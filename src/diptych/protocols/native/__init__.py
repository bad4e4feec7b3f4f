"""Our own API."""

from typing import Any

from diptych.protocols.native import errors
from diptych.protocols.native.api import openapi, router
from diptych.protocols.native.cohorts import saved_cohorts

handlers: list[Any] = [router, openapi]

__all__ = ["errors", "handlers", "saved_cohorts"]
