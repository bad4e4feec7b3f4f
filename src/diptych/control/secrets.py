"""Random credentials, and what is kept of them."""

import hashlib
import secrets


def random_key() -> str:
    """A key of 128 random bits in 32 characters, as both vendors' keys look."""
    return secrets.token_hex(16)


def random_token() -> str:
    """256 random bits, fit for an address."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is stored of a secret. Random text needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
