"""Keys and one-time secrets: how they are made, kept and compared."""

import hashlib
import hmac
import secrets
import string

_ACCOUNT_NAME = 20
_SUFFIX_ALPHABET = string.ascii_lowercase + string.digits


def new_key() -> str:
    """A token or secret as both vendors' clients expect it: 32 hexadecimal digits, 128 random bits."""
    return secrets.token_hex(16)


def new_bearer() -> str:
    """What opens the web app on its own (a sign-in link, a session): 256 random bits, fit for a URL."""
    return secrets.token_urlsafe(32)


def new_username(name: str) -> str:
    """A service account's user name, recognisable and unique: `acme.k3x9ql.mp-service-account`."""
    readable = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in name.lower()).split())
    suffix = "".join(secrets.choice(_SUFFIX_ALPHABET) for _ in range(6))
    return f"{readable[:_ACCOUNT_NAME].strip('-') or 'project'}.{suffix}.mp-service-account"


def digest(secret: str) -> str:
    """What is kept of a secret. Plain SHA-256 is enough for 128 random bits and more."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matches(secret: str, kept: str) -> bool:
    """Whether the secret is the one whose digest was kept, in constant time."""
    return hmac.compare_digest(digest(secret), kept)
