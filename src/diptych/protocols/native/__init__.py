"""Our own API."""

from diptych.protocols.native import errors
from diptych.protocols.native.api import openapi, router

handlers = [router, openapi]

__all__ = ["errors", "handlers"]
