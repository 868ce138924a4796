"""Proof that the log is whole: the chain checked record by record, and heads signed each day
against truncation.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from sqlalchemy.engine import Connection
from tongsuopy.crypto.asymciphers import ec
from tongsuopy.crypto.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    InternalError,
    InvalidSignature,
)
from tongsuopy.crypto.hashes import SM3
from tongsuopy.crypto.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from yunquan.kernel.log import GENESIS, Head, Record, each_record, read_head

# Another's signature, no key or no hex, and what isn't a signature at all: the library calls that
# an internal error.
UNSIGNED = (InvalidSignature, ValueError, InternalError)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing wrong with a stream: which record, which events it held (by tag), what is
    wrong.
    """

    stream: str
    first_seq: int
    problem: str
    events: tuple[str, ...] = ()

    def __str__(self) -> str:
        held = f" events: {', '.join(self.events)}" if self.events else ""
        return f"{self.stream} record {self.first_seq}: {self.problem}.{held}"


@dataclass(frozen=True, slots=True)
class Verified:
    """A stream that passed: how many records and events, and its head."""

    stream: str
    records: int
    events: int
    head: Head


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head at the end of a day, signed with the firm's SM2 key. Hash and signature in hex."""

    stream: str
    day: str
    next_seq: int
    hash: str
    at_ms: int
    signature: str

    def message(self) -> bytes:
        return json.dumps([self.stream, self.day, self.next_seq, self.hash, self.at_ms]).encode()


def verify(
    connection: Connection, stream: str, witnesses: Iterable[SignedHead] = ()
) -> Verified | Fault:
    """Walk the whole stream and check sequence, links, hashes, counts, the head, and every signed
    head.
    """
    due = {
        witness.next_seq: witness
        for witness in witnesses
        if witness.stream == stream and witness.next_seq > 1
    }
    expected_seq, previous, records, events = 1, GENESIS, 0, 0
    for record in each_record(connection, stream):
        if problem := _problem(record, expected_seq, previous):
            return Fault(stream, record.first_seq, problem, event_tags(record))
        expected_seq, previous = record.next_seq, record.hash
        records, events = records + 1, events + record.count
        if (witness := due.pop(expected_seq, None)) and bytes.fromhex(witness.hash) != previous:
            return Fault(
                stream,
                record.first_seq,
                f"differs from the head signed on {witness.day}",
                event_tags(record),
            )
        if inside := next((seq for seq in due if seq < expected_seq), None):
            problem = f"spans the head signed on {due[inside].day} at {inside}: regrouped"
            return Fault(stream, record.first_seq, problem, event_tags(record))
    if due:
        seq, witness = min(due.items())
        return Fault(
            stream, expected_seq, f"ends before sequence {seq}, signed on {witness.day}: truncated"
        )
    head = read_head(connection, stream)
    if (head.next_seq, head.hash) != (expected_seq, previous):
        return Fault(
            stream, expected_seq, f"the head says {head.next_seq}: records at the end are missing"
        )
    return Verified(stream, records, events, head)


def _problem(record: Record, expected_seq: int, previous: bytes) -> str | None:
    if record.first_seq != expected_seq:
        return f"expected sequence {expected_seq}: a record is missing or out of order"
    if record.prev_hash != previous:
        return "its link does not match the record before"
    if (
        record.count < 1
        or min(record.epoch, record.at_ms) < 0
        or record.hash != record.computed_hash()
    ):
        return "altered: its hash does not match its content"
    if len(event_tags(record)) != record.count:
        return f"says {record.count} events"
    return None


def event_tags(record: Record) -> tuple[str, ...]:
    """Names of the events a record holds, without needing to know their types; ("unreadable",) if
    it can't be read.
    """
    try:
        body = msgspec.msgpack.decode(record.body, type=list[list[Any]])
        return tuple(str(item[0]) for item in body)
    except (msgspec.MsgspecError, IndexError):
        return ("unreadable",)


class HeadSigner:
    """The firm's SM2 key for daily heads: a PEM file readable by its owner only, made on first
    use.
    """

    def __init__(self, key_file: Path) -> None:
        if not key_file.exists():
            key = ec.generate_private_key(ec.SM2())
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            key_file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
        self._key = load_pem_private_key(key_file.read_bytes(), None)

    def public_pem(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, head: Head, day: str, at_ms: int) -> SignedHead:
        bare = SignedHead(head.stream, day, head.next_seq, head.hash.hex(), at_ms, "")
        signature = self._key.sign(bare.message(), ec.ECDSA(SM3()))
        return SignedHead(bare.stream, day, bare.next_seq, bare.hash, at_ms, signature.hex())

    def sign_bytes(self, message: bytes) -> str:
        """SM2 with SM3 over a message, in hex."""
        return self._key.sign(message, ec.ECDSA(SM3())).hex()


def is_signed(message: bytes, signature: str, public_pem: bytes) -> bool:
    """Whether `signature` (hex) over the message is by the key of `public_pem`."""
    try:
        key = load_pem_public_key(public_pem)
        key.verify(bytes.fromhex(signature), message, ec.ECDSA(SM3()))
    except UNSIGNED:
        return False
    return True


def fingerprint(public_pem: bytes) -> str:
    """A key's name for people to compare: SM3 of its DER, in groups of four; "" for no key."""
    try:
        key = load_pem_public_key(public_pem)
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except ValueError:
        return ""
    digest = hashes.Hash(hashes.SM3())
    digest.update(der)
    text = digest.finalize().hex()[:32]
    return " ".join(text[place : place + 4] for place in range(0, 32, 4))


def is_authentic(signed: SignedHead, public_pem: bytes) -> bool:
    """Whether the signature is by the key of `public_pem`."""
    return is_signed(signed.message(), signed.signature, public_pem)


def export_head(signed: SignedHead, folder: Path) -> Path:
    """Write one signed head as JSON, atomically; a day signed again keeps the later sequence."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{signed.day}-{signed.stream}.json"
    if (
        path.exists()
        and msgspec.json.decode(path.read_bytes(), type=SignedHead).next_seq > signed.next_seq
    ):
        # A log that got shorter within a day is what heads are exported to show.
        return path
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(signed)) + b"\n")
    draft.replace(path)
    return path


def load_heads(folder: Path) -> list[SignedHead]:
    """All exported heads, oldest first."""
    return [
        msgspec.json.decode(path.read_bytes(), type=SignedHead)
        for path in sorted(folder.glob("*.json"))
    ]
