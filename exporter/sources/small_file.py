"""Reads a file that a person wrote, such as a catalogue or a password: no device, no pipe, and nothing huge."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_small(path: Path, most: int) -> bytes:
    """Return what a file holds; a pipe is not waited for.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no file of at most `most` bytes; the message says what it is instead.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is a pipe, a device or a folder, and not a file")
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it is larger than {most / 1e6:g} MB")
    return content
