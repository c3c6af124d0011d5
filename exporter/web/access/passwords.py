"""Passwords against their bcrypt hashes: off the event loop, one at a time, and each result remembered."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
from asyncio import Future
from base64 import b64decode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import bcrypt
from cachetools import LRUCache

MOST_WAITING = 32
"""Passwords that may wait to be checked; who comes then is told to come again."""

_MOST_REMEMBERED = 100
_LONGEST = 72
"""The bytes of a password that bcrypt reads."""
_OF_NOBODY = b"$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"


class TooBusy(Exception):
    """So many passwords wait to be checked that this one is not."""


class Passwords:
    """Checks passwords. An unknown user costs as much time as a known one.

    Right and wrong passwords are remembered apart, so that guesses push out no right one, and only as a keyed hash.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "bcrypt")
        self._key = os.urandom(32)
        self._right: LRUCache[bytes, bool] = LRUCache(_MOST_REMEMBERED)
        self._wrong: LRUCache[bytes, bool] = LRUCache(_MOST_REMEMBERED)
        self._running: dict[bytes, Future[bool]] = {}

    async def is_right(self, users: Mapping[str, bytes], name: str, password: bytes) -> bool:
        """Return whether a user has this password.

        Raises:
            TooBusy: It has to be checked, and too many wait already.
        """
        stored = users.get(name)
        key = self._remembered_as(name, stored or b"", password)
        if key in self._right:
            return self._right[key]
        if key in self._wrong:
            return self._wrong[key]
        if key not in self._running:
            if len(self._running) >= MOST_WAITING:
                raise TooBusy
            hashed = stored or _hash_of_nobody(users)
            self._running[key] = asyncio.ensure_future(self._check(key, hashed, password, is_user=stored is not None))
        # Shielded: a client that leaves must not end what others wait for.
        return await asyncio.shield(self._running[key])

    def close(self) -> None:
        """Let no more passwords be checked."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _check(self, key: bytes, hashed: bytes, password: bytes, *, is_user: bool) -> bool:
        try:
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._thread, _matches, password, hashed) and is_user
        finally:
            del self._running[key]
        (self._right if right else self._wrong)[key] = right
        return right

    def _remembered_as(self, name: str, stored: bytes, password: bytes) -> bytes:
        parts = (name.encode("utf-8", "surrogateescape"), stored, password)
        return hmac.digest(self._key, b":".join(part.hex().encode() for part in parts), hashlib.sha256)


def _hash_of_nobody(users: Mapping[str, bytes]) -> bytes:
    """Return a hash that costs as much as the dearest of the users, and that no password has."""
    cost = max((stored.split(b"$")[2] for stored in users.values()), default=b"10")
    return _OF_NOBODY.replace(b"$10$", b"$" + cost + b"$")


def _matches(password: bytes, hashed: bytes) -> bool:
    try:
        return bcrypt.checkpw(password[:_LONGEST], hashed)
    except ValueError:  # a password with a null byte, which no hash has
        return False


def credentials(authorization: str) -> tuple[str, bytes] | None:
    """Return the user and the password of a header for basic authentication; None for any other."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = b64decode(encoded.strip(), validate=True)
    except ValueError:
        return None
    name, colon, password = decoded.partition(b":")
    return (name.decode("utf-8", "surrogateescape"), password) if colon else None
