"""Chunks of recordings on their way: SM4-GCM with a key for each recording, one file for each
chunk. Layout: 12 bytes nonce, ciphertext, 16 bytes tag.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from yunquan.kernel.errors import Unavailable
from yunquan.security import Vault
from yunquan.witness.types import Chunk, Recording

_KEY: Final = 16
_NONCE: Final = 12
_TAG: Final = 16


class SealedChunks:
    """The folder of unfinished recordings."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.folder = folder
        self._vault = vault

    def new_key(self, recording: str) -> bytes:
        """A key, sealed for its recording."""
        return self._vault.seal(secrets.token_bytes(_KEY).hex(), _context(recording))

    def put(self, recording: Recording, chunk: Chunk, content: bytes) -> None:
        """Write a chunk, durable when this returns. Raises Unavailable witness.disk."""
        path = self._path(recording.id, chunk)
        draft = path.with_suffix(f".{secrets.token_hex(8)}")
        nonce = secrets.token_bytes(_NONCE)
        sealer: Any = Cipher(self._algorithm(recording), modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(_place(recording.id, chunk))
        body = nonce + sealer.update(content) + sealer.finalize() + sealer.tag
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise Unavailable("witness.disk", reason=error.strerror or "") from error

    def read(self, recording: Recording, chunks: Iterable[Chunk]) -> Iterator[bytes]:
        """The chunks in order. Raises Unavailable witness.chunk_lost."""
        algorithm = self._algorithm(recording)
        for chunk in chunks:
            try:
                body = self._path(recording.id, chunk).read_bytes()
                mode = modes.GCM(body[:_NONCE], body[-_TAG:])
                opener: Any = Cipher(algorithm, mode).decryptor()
                opener.authenticate_additional_data(_place(recording.id, chunk))
                yield opener.update(body[_NONCE:-_TAG]) + opener.finalize()
            except (OSError, InvalidTag, ValueError):
                raise Unavailable("witness.chunk_lost", number=chunk.number) from None

    def remove(self, recording: str) -> None:
        """Everything of a recording; nothing where there is none."""
        shutil.rmtree(self.folder / recording, ignore_errors=True)

    def lying(self) -> tuple[str, ...]:
        """Recordings of which something lies here."""
        return tuple(sorted(p.name for p in self.folder.iterdir())) if self.folder.is_dir() else ()

    def _path(self, recording: str, chunk: Chunk) -> Path:
        # By its digest too: of two that race for one number, each is what its row says.
        return self.folder / recording / f"{chunk.number}-{chunk.sha256}.sealed"

    def _algorithm(self, recording: Recording) -> algorithms.SM4:
        key = self._vault.open(recording.key_sealed, _context(recording.id))
        return algorithms.SM4(bytes.fromhex(key))


def _context(recording: str) -> str:
    return f"witness:{recording}"


def _place(recording: str, chunk: Chunk) -> bytes:
    return f"{recording}:{chunk.number}:{chunk.sha256}".encode()
