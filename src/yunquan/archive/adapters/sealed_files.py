"""Files that nobody reads without the vault: SM4-GCM (GB/T 32907) in pieces, a key for each file.

Layout: `YQA1`, then pieces of 64 KiB content, each with its tag of 16 bytes. A piece's nonce is its
number and whether it is the last, so that none can be left out, repeated, moved or cut off. A
key seals one file only, so that counting is enough. The file's name is the SHA-256 of what lies in
it: whether it is whole can be told without any key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from yunquan.archive.types import Laid
from yunquan.kernel.errors import Invalid, NotFound, Unavailable
from yunquan.security import Vault

MAGIC: Final = b"YQA1"
PIECE: Final = 64 * 1024
TAG: Final = 16
_KEY_BYTES: Final = 16
_NUMBER_BYTES: Final = 11
ENDING: Final = ".sealed"
DRAFT: Final = ".draft"


class SealedFiles:
    """The folder of the archive. digest_key: tells equal contents without telling the content."""

    def __init__(self, folder: Path, vault: Vault, digest_key: bytes) -> None:
        self.folder = folder
        self._vault = vault
        self._digest_key = digest_key

    def digest(self, content: bytes) -> str:
        """A keyed digest of a content, hex."""
        return hmac.digest(self._digest_key, content, hashlib.sha256).hex()

    def lay(self, pieces: Iterable[bytes], media_type: str, largest: int) -> Laid:
        """Write a content to disk, durable when this returns; one piece is in memory at a time.
        Raises Invalid archive.too_large, archive.empty; Unavailable archive.disk.
        """
        key = secrets.token_bytes(_KEY_BYTES)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.folder / f"{secrets.token_hex(16)}{DRAFT}"
        try:
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                address, digest, size = self._write(file, key, pieces, largest)
                file.flush()
                os.fsync(file.fileno())
            path = self.path(address)
            if not path.parent.is_dir():
                path.parent.mkdir(exist_ok=True, mode=0o700)
                _sync_folder(self.folder)
            draft.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise Unavailable("archive.disk", reason=error.strerror or "") from error
        except Invalid:
            draft.unlink(missing_ok=True)
            raise
        return Laid(
            address, digest, size, media_type, self._vault.seal(key.hex(), _context(address))
        )

    def _write(
        self, file: BinaryIO, key: bytes, pieces: Iterable[bytes], largest: int
    ) -> tuple[str, str, int]:
        name = hashlib.sha256()
        keyed = hmac.new(self._digest_key, digestmod=hashlib.sha256)
        size, number = 0, 0

        def put(body: bytes) -> None:
            name.update(body)
            file.write(body)

        put(MAGIC)
        held = b""
        for piece in _in_pieces(pieces):
            size += len(piece)
            if size > largest:
                raise Invalid("archive.too_large", limit=largest)
            keyed.update(piece)
            if held:
                put(_sealed(key, number, held, last=False))
                number += 1
            held = piece
        if not held:
            raise Invalid("archive.empty")
        put(_sealed(key, number, held, last=True))
        return name.hexdigest(), keyed.hexdigest(), size

    def read(
        self, address: str, key_sealed: bytes, size: int, begin: int, end: int
    ) -> Iterator[bytes]:
        """The content from a byte to before another. Raises NotFound archive.damaged when the
        file is missing, Unavailable archive.damaged when a piece isn't what was sealed.
        """
        key = self._open_key(address, key_sealed)
        begin, end = max(begin, 0), min(end, size)
        last = (size - 1) // PIECE
        try:
            file = self.path(address).open("rb")
        except OSError:
            raise NotFound("archive.damaged", file=address, problem="missing") from None
        with file:
            if file.read(len(MAGIC)) != MAGIC:
                raise Unavailable("archive.damaged", file=address, problem="altered")
            for number in range(begin // PIECE, -(-end // PIECE)):
                file.seek(len(MAGIC) + number * (PIECE + TAG))
                piece = _opened(key, number, file.read(PIECE + TAG), last=number == last)
                if piece is None:
                    raise Unavailable("archive.damaged", file=address, problem="altered")
                here = number * PIECE
                yield piece[max(begin - here, 0) : end - here]

    def problem(self, address: str, key_sealed: bytes, size: int, digest: str) -> str:
        """What is wrong with a file: "missing", "altered", "unreadable" with our key, or ""."""
        path = self.path(address)
        if not path.is_file():
            return "missing"
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != address:
                return "altered"
        keyed = hmac.new(self._digest_key, digestmod=hashlib.sha256)
        try:
            for piece in self.read(address, key_sealed, size, 0, size):
                keyed.update(piece)
        except (NotFound, Unavailable):
            return "unreadable"
        return "" if keyed.hexdigest() == digest else "unreadable"

    def path(self, address: str) -> Path:
        """Where a file lies."""
        return self.folder / address[:2] / f"{address}{ENDING}"

    def remove(self, address: str) -> None:
        """Take a file away; nothing where there is none."""
        self.path(address).unlink(missing_ok=True)

    def lying(self) -> Iterator[Path]:
        """Every file there is, drafts too."""
        if self.folder.is_dir():
            yield from (path for path in sorted(self.folder.rglob("*")) if path.is_file())

    def _open_key(self, address: str, key_sealed: bytes) -> bytes:
        return bytes.fromhex(self._vault.open(key_sealed, _context(address)))


def _context(address: str) -> str:
    return f"archive:{address}"


def _in_pieces(given: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of one size, the last shorter."""
    rest = bytearray()
    for more in given:
        view = memoryview(more)
        while len(rest) + len(view) >= PIECE:
            take = PIECE - len(rest)
            yield bytes(rest) + bytes(view[:take])
            rest.clear()
            view = view[take:]
        rest += view
    if rest:
        yield bytes(rest)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NUMBER_BYTES) + bytes([last])


def _sealed(key: bytes, number: int, piece: bytes, *, last: bool) -> bytes:
    sealer: Any = Cipher(algorithms.SM4(key), modes.GCM(_nonce(number, last=last))).encryptor()
    sealer.authenticate_additional_data(MAGIC)
    return sealer.update(piece) + sealer.finalize() + sealer.tag


def _opened(key: bytes, number: int, sealed: bytes, *, last: bool) -> bytes | None:
    if len(sealed) <= TAG:
        return None
    mode = modes.GCM(_nonce(number, last=last), sealed[-TAG:])
    opener: Any = Cipher(algorithms.SM4(key), mode).decryptor()
    opener.authenticate_additional_data(MAGIC)
    try:
        return opener.update(sealed[:-TAG]) + opener.finalize()
    except InvalidTag:
        return None


def _sync_folder(folder: Path) -> None:
    """A renamed file is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
