"""Ask a Diptych server from Python: `Client`, and `AsyncClient` for asyncio (docs/python.md).

Nothing of the server is imported here, so that this is quick to import.
"""

from diptych.client.answers import Answer
from diptych.client.asynchronous import AsyncClient
from diptych.client.errors import (
    ApiError,
    DiptychError,
    InvalidRequest,
    MissingPackage,
    NotAllowed,
    NotFound,
    QuestionStopped,
    Unavailable,
    Unreachable,
)
from diptych.client.sync import Client
from diptych.client.tables import Rows

__all__ = [
    "Answer",
    "ApiError",
    "AsyncClient",
    "Client",
    "DiptychError",
    "InvalidRequest",
    "MissingPackage",
    "NotAllowed",
    "NotFound",
    "QuestionStopped",
    "Rows",
    "Unavailable",
    "Unreachable",
]
