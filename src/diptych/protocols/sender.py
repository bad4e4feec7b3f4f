"""Who sent a request, as far as the request tells."""

import ipaddress
from functools import lru_cache
from typing import Any

from litestar import Request

from diptych.ingest.policy import Sender


@lru_cache(maxsize=10_000)
def address_of(text: str) -> str:
    """An IP address in its usual spelling (an IPv4 address in an IPv6 one as the former); empty for anything else."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def sender_of(request: Request[Any, Any, Any]) -> Sender:
    """The client's address and its browser's privacy signals (Do Not Track, Global Privacy Control)."""
    client = request.scope.get("client")
    headers = request.headers
    return Sender(address_of(client[0]) if client else "", headers.get("dnt") == "1" or headers.get("sec-gpc") == "1")
