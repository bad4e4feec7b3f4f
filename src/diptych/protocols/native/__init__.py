"""Our own API."""

from diptych.protocols.native import errors
from diptych.protocols.native.api import router

handlers = [router]

__all__ = ["errors", "handlers"]
