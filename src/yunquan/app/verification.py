"""`yunquan log verify`: every record of every stream, against each other and the signed heads.
`yunquan evidence verify`: a pack, by itself or against the log. `yunquan archive verify`: every
document and its file. `yunquan sign verify`: a signed paper.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from yunquan.app.links import archive, house_keys, verifier
from yunquan.app.locale import catalogue
from yunquan.app.settings import Settings
from yunquan.archive import sweep
from yunquan.archive import verify as walk_archive
from yunquan.evidence import verify_against_log, verify_pack
from yunquan.kernel.clock import SystemClock, from_ms
from yunquan.kernel.errors import NotFound, Unavailable
from yunquan.kernel.log import streams
from yunquan.kernel.proof import Fault, SignedHead, is_authentic, load_heads, verify
from yunquan.kernel.transaction import Database


def verify_log(settings: Settings) -> Iterator[tuple[bool, str]]:
    """(holds, line) for each thing looked at; changes nothing.

    Raises NotFound app.no_data where no brokerage has ever run.
    """
    databases = existing_databases(settings)
    if not databases:
        raise NotFound("app.no_data", data=str(settings.data))
    witnesses: list[SignedHead] = []
    for witness in load_heads(settings.heads):
        if _is_signed(settings, witness):
            witnesses.append(witness)
        else:
            line = f"signed head of {witness.stream} on {witness.day}: signature does not hold"
            yield False, line
    seen: set[str] = set()
    for name, url in databases.items():
        database = Database(url, SystemClock())
        try:
            yield from _verify_one(database, witnesses, seen)
        except Unavailable as error:
            yield False, f"{name}: can't be read: {error.facts.get('reason', error.code)}"
        finally:
            database.dispose()
    # What was cut off whole shows only by those who signed that it was there.
    for witness in witnesses:
        if witness.stream not in seen and witness.next_seq > 1:
            seen.add(witness.stream)
            yield False, f"{witness.stream}: signed on {witness.day}, and there is no such stream"
    yield True, f"{len(witnesses)} signed heads hold"


def _verify_one(
    database: Database, witnesses: list[SignedHead], seen: set[str]
) -> Iterator[tuple[bool, str]]:
    with database.read() as tx:
        for stream in streams(tx.connection):
            seen.add(stream)
            found = verify(tx.connection, stream, witnesses)
            if isinstance(found, Fault):
                yield False, str(found)
                continue
            told = f"{found.records} records, {found.events} events"
            yield True, f"{stream}: {told}, head {found.head.hash.hex()}"


def _is_signed(settings: Settings, witness: SignedHead) -> bool:
    public = settings.heads / "public.pem"
    return public.exists() and is_authentic(witness, public.read_bytes())


def existing_databases(settings: Settings) -> dict[str, str]:
    """Address by name of each database that is there. Looking at a SQLite file that isn't would
    make it.
    """
    urls = {settings.rooms_url(): "rooms"}
    for number in range(settings.counters):
        urls.setdefault(settings.counter_url(number), f"counter-{number}")
    return {name: url for url, name in urls.items() if _exists(settings, url)}


def _exists(settings: Settings, url: str) -> bool:
    path = make_url(url).database
    return bool(settings.database) or (path is not None and (settings.data / path).is_file())


def verify_evidence(
    settings: Settings, archive: Path, key: Path | None, *, log: bool
) -> Iterator[tuple[bool, str]]:
    """(holds, line) for each thing looked at. Needs nothing but the file, unless the log is asked
    too. Raises NotFound evidence.no_file, Invalid evidence.archive.
    """
    try:
        data = archive.read_bytes()
        public_pem = key.read_bytes() if key else b""
    except OSError as error:
        raise NotFound("evidence.no_file", file=str(error.filename)) from error
    for finding in verify_pack(data, public_pem):
        yield finding.holds, finding.what
    if not log:
        return
    databases = [Database(url, SystemClock()) for url in existing_databases(settings)]
    logs: dict[str, Database] = {}
    for database in databases:
        with database.read() as tx:
            logs |= dict.fromkeys(streams(tx.connection), database)
    for finding in verify_against_log(data, logs):
        yield finding.holds, finding.what
    for database in databases:
        database.dispose()


def verify_archive(settings: Settings) -> Iterator[tuple[bool, str]]:
    """(holds, line): each document whose file is missing, altered or unreadable, each file that
    belongs to none, and how many are whole; changes nothing.
    """
    database = _rooms(settings)
    text = catalogue().text
    for finding in walk_archive(archive(settings, database)):
        named = " ".join(part for part in (finding.document, finding.file) if part)
        yield finding.holds, f"{named}: {text(finding.code, 'en')}"
    database.dispose()


def sweep_archive(settings: Settings) -> list[str]:
    """Take away files that belong to no document; their names."""
    database = _rooms(settings)
    gone = sweep(archive(settings, database))
    database.dispose()
    return gone


def verify_signed(settings: Settings, paper: Path, seal: Path | None) -> Iterator[tuple[bool, str]]:
    """(holds, line) for each thing that can be said of a signed PDF. seal: as it came with the
    paper, DER; without it the one that is kept for this very file. Raises NotFound signing.no_file.
    """
    try:
        body, mark = paper.read_bytes(), seal.read_bytes() if seal else b""
    except OSError as error:
        raise NotFound("signing.no_file", file=str(error.filename)) from error
    database = _rooms(settings)
    report = verifier(settings, database, archive(settings, database)).verify(body, mark)
    database.dispose()
    yield True, f"SHA-256 {report.sha256}"
    yield True, f"SM3 {report.sm3}"
    yield (
        report.known,
        "byte for byte a paper that was signed here"
        if report.known
        else ("no paper that was signed here"),
    )
    if report.signer:
        at = from_ms(report.signed_at_ms).isoformat()
        line = f"signed by {report.signer} at {at}, PAdES {report.level}"
        yield not report.codes, f"{line}, certificate {report.certificate}"
    if report.seal_name:
        at = from_ms(report.sealed_at_ms).isoformat()
        yield not report.codes, f"sealed with {report.seal_name} at {at}"
    for code in report.codes:
        yield False, f"{code}: {catalogue().text(code, 'en')}"


def export_roots(settings: Settings, folder: Path) -> list[str]:
    """Write the certificates that signatures, time-stamps and seals stand under, as PEM, for
    whoever verifies with programs of their own; the files' names.
    """
    keys = house_keys(settings)
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        "signing-root.pem": keys.root.der(),
        "signing-issuing.pem": keys.issuing.der(),
        "signing-stamping.pem": keys.stamping.der(),
        "seal-root.pem": keys.seal_root.certificate,
        "seal.pem": keys.seal.certificate,
    }
    for name, der in written.items():
        (folder / name).write_text(ssl.DER_cert_to_PEM_cert(der))
    return list(written)


def _rooms(settings: Settings) -> Database:
    """The database of the rooms. Raises NotFound app.no_data where no brokerage has ever run."""
    if not existing_databases(settings):
        raise NotFound("app.no_data", data=str(settings.data))
    return Database(settings.rooms_url(), SystemClock())
