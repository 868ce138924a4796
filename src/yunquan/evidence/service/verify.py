"""Verifying a pack: by itself, and against the log it says it was taken from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from yunquan.evidence import rules
from yunquan.evidence.adapters.archive import unpacked
from yunquan.evidence.service.logged import entry_of
from yunquan.evidence.types import Finding, Manifest, RecordEntry, Signature
from yunquan.kernel.errors import Invalid
from yunquan.kernel.log import read_records
from yunquan.kernel.proof import SignedHead, fingerprint, is_authentic, is_signed
from yunquan.kernel.transaction import Database


def verify_pack(data: bytes, public_pem: bytes = b"") -> list[Finding]:
    """Everything that can be checked with the archive alone, in the order it is looked at.
    public_pem: the firm's key as you know it; without it the key in the
    pack is believed, and its fingerprint is told.

    Raises Invalid evidence.archive for what is no pack at all.
    """
    files = unpacked(data)
    manifest, signature = _opened(files)
    key = public_pem or signature.public_key.encode()
    raw = files[rules.MANIFEST]
    mark = fingerprint(key)
    if public_pem:
        same = fingerprint(signature.public_key.encode()) == mark
        found = [Finding(same, f"signed with the key given, {mark}")]
    else:
        found = [Finding(bool(mark), f"signed with the key {mark}: compare it with the firm's")]
    found.append(
        Finding(
            signature.manifest_sm3 == rules.sm3(raw) and is_signed(raw, signature.signature, key),
            "signature of the table of contents",
        )
    )
    found += rules.check_files(manifest, files)
    checks = {
        rules.EVENTS_FILE: lambda body: rules.check_events(manifest, body),
        rules.ORDERS_FILE: rules.check_orders,
        rules.SHOWN_FILE: rules.check_shown,
    }
    for path, check in checks.items():
        if path in files:
            found += check(files[path])
    return [*found, *_heads(files, key)]


def _opened(files: Mapping[str, bytes]) -> tuple[Manifest, Signature]:
    try:
        manifest = msgspec.json.decode(files[rules.MANIFEST], type=Manifest)
        signature = msgspec.json.decode(files[rules.SIGNATURE], type=Signature)
    except (KeyError, msgspec.MsgspecError) as error:
        raise Invalid("evidence.archive", reason="no table of contents") from error
    if manifest.format != rules.FORMAT:
        raise Invalid("evidence.archive", reason=f"format {manifest.format[:40]}")
    return manifest, signature


def _heads(files: Mapping[str, bytes], key: bytes) -> Iterable[Finding]:
    for path, body in sorted(files.items()):
        if not path.startswith("log/heads/"):
            continue
        try:
            head = msgspec.json.decode(body, type=SignedHead)
        except msgspec.MsgspecError:
            yield Finding(False, f"{path}: can't be read")
            continue
        yield Finding(is_authentic(head, key), f"{path}: signature of the day's head of the log")


def verify_against_log(data: bytes, logs: Mapping[str, Database]) -> list[Finding]:
    """Whether the records a pack names stand in these logs as it says. logs: by stream."""
    manifest, _ = _opened(unpacked(data))
    found: list[Finding] = []
    for entry in manifest.records:
        database = logs.get(entry.stream)
        told = f"{entry.stream} record {entry.first_seq}"
        if database is None:
            found.append(Finding(False, f"{told}: no such stream here"))
            continue
        found.append(Finding(_stands(database, entry), f"{told}: in the log"))
    return found


def _stands(database: Database, entry: RecordEntry) -> bool:
    with database.read() as tx:
        page = read_records(tx.connection, entry.stream, entry.first_seq, limit=1)
    if not page:
        return False
    record = page[0]
    return entry_of(record) == entry and record.computed_hash() == record.hash


def archive_digest(data: bytes) -> str:
    """SM3 of a whole archive, as staff read it out; SHA-256 is what other tools print."""
    return f"sm3:{rules.sm3(data)} sha256:{hashlib.sha256(data).hexdigest()}"
