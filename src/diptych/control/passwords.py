"""Passwords: which ones may be chosen, and what is kept of them (Argon2id with the parameters of RFC 9106)."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

SHORTEST, LONGEST = 10, 1_000
_MOST_WAITING = 32
_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


class TooBusy(Exception):
    """More passwords wait to be checked than a server should work on."""


def problem(password: str, email: str | None) -> str | None:
    """Why this password cannot be chosen, as a sentence; None if it can."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has at least {SHORTEST} characters, and {LONGEST:,} at most."
    if len(set(password)) < 4:
        return "This password is too easy to guess: use more than three different characters."
    if email and password.lower() in (email, email.partition("@")[0]):
        return "The password must not be the e-mail address."
    return None


def kept(password: str) -> str:
    """What to keep of a password. Takes some 50 ms of work and 64 MB, as it is meant to."""
    return _HASHER.hash(password.encode("utf-8", "surrogatepass"))


def matches(password: str, hashed: str | None) -> bool:
    """Whether that is the password. Takes the same time when there is none to compare with."""
    try:
        return _HASHER.verify(hashed or _nobodys(), password.encode("utf-8", "surrogatepass")) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


class PasswordWork:
    """Hashes on threads of its own, so that guesses neither hold up requests nor the database's threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="password")
        self._waiting = 0

    async def matches(self, password: str, hashed: str | None) -> bool:
        """As `matches`. Raises TooBusy."""
        if self._waiting >= _MOST_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, matches, password, hashed)
        finally:
            self._waiting -= 1

    async def kept(self, password: str) -> str:
        """As `kept`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, kept, password)

    def close(self) -> None:
        """Let the running work end."""
        self._threads.shutdown(cancel_futures=True)


@cache
def _nobodys() -> str:
    return kept("nobody has this password")
