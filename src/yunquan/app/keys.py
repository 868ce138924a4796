"""Keys of this installation: files readable by their owner only, made on first use. An HSM
takes their place in earnest.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def load_key(folder: Path, name: str, size: int) -> bytes:
    """The key of this name, made if there is none. Two processes starting together agree on one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(size))
    return path.read_bytes()
