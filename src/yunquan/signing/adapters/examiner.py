"""Looks at a PDF that nobody has looked at before, in a process of its own that a poisoned file may
kill: little time and memory, no file to write, no network, no program to start.

`python -m yunquan.signing.adapters.examiner` reads one task and writes one answer.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import resource
import sys
from datetime import datetime
from typing import Any, Final

import msgspec
from asn1crypto import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko_certvalidator import ValidationContext

from yunquan.kernel.clock import from_ms, to_ms
from yunquan.signing.types import PaperFacts

MEMORY_BYTES: Final = 768 << 20
SECONDS: Final = 10
ANSWER_BYTES: Final = 64 * 1024
DEEPEST: Final = 400
# Two machines may not agree on the second.
TOLERANCE_MS: Final = 60_000
# Events of the interpreter that no examination needs; "open" is refused for writing only.
_FORBIDDEN: Final = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn")
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_BROKEN: Final = (PdfError, SignatureValidationError, ValueError)
_TOO_OLD: Final = frozenset(
    {
        AdESFailure.NOT_YET_VALID,
        AdESIndeterminate.NOT_YET_VALID,
        AdESIndeterminate.EXPIRED,
        AdESIndeterminate.OUT_OF_BOUNDS_NO_POE,
        AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED,
    }
)


class Task(msgspec.Struct, frozen=True):
    """What is to be examined: the PDF, the root it must stand under (DER), and now."""

    paper: bytes
    root: bytes
    now_ms: int


def main() -> None:
    """One task from standard input, one answer to standard output."""
    logging.disable(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    _confine()
    task = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Task)
    try:
        found = loop.run_until_complete(examine(task))
    except (MemoryError, RecursionError):
        found = PaperFacts(codes=("signing.too_heavy",))
    except Exception:
        # Whatever a hostile file brings a library to raise: it is no paper of ours.
        found = PaperFacts(codes=("signing.paper_malformed",))
    sys.stdout.buffer.write(msgspec.msgpack.encode(found))


def _confine() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, ANSWER_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    sys.setrecursionlimit(DEEPEST)
    sys.addaudithook(_forbid)


def _forbid(event: str, given: tuple[Any, ...]) -> None:
    # Opened by a mode or by flags: both tell the flags.
    writes = event == "open" and isinstance(given[2], int) and given[2] & _WRITING
    if writes or event.startswith(_FORBIDDEN):
        raise PermissionError(event)


async def examine(task: Task) -> PaperFacts:
    """Everything that the file itself tells."""
    if not task.paper.startswith(b"%PDF-"):
        return PaperFacts(codes=("signing.paper_malformed",))
    try:
        reader = PdfFileReader(io.BytesIO(task.paper))
        everything = list(reader.embedded_signatures)
        signatures = reader.embedded_regular_signatures
    except _BROKEN:
        return PaperFacts(codes=("signing.paper_malformed",))
    if not signatures:
        return PaperFacts(codes=("signing.unsigned",))
    codes = ["signing.more_signatures"] if len(signatures) > 1 else []
    # What comes last covers the whole file, or something was added by somebody else.
    if everything[-1].evaluate_signature_coverage() != SignatureCoverageLevel.ENTIRE_FILE:
        codes.append("signing.changed_after")
    return await _judge(reader, signatures[0], task, codes)


async def _judge(
    reader: PdfFileReader, signature: EmbeddedPdfSignature, task: Task, codes: list[str]
) -> PaperFacts:
    """Was everything good at the time it was signed, as the time-stamps prove that time? Each is
    looked at as of its own moment, with what was put into the file to prove it then.
    """
    archived = await _check_archive(reader, task, codes)
    stamped_at = _stamped_at(signature)
    at = stamped_at or signature.self_reported_timestamp or from_ms(task.now_ms)
    context = _context(reader, task.root, at)
    try:
        status: Any = await async_validate_pdf_signature(signature, context, context)
    except _BROKEN:
        return PaperFacts(codes=tuple(dict.fromkeys([*codes, "signing.paper_malformed"])))
    if not status.intact or not status.valid:
        codes.append("signing.altered")
    elif not status.trusted:
        codes.append(_code_of(status.trust_problem_indic))
    if not status.docmdp_ok or status.modification_level not in (
        ModificationLevel.NONE,
        ModificationLevel.LTA_UPDATES,
    ):
        codes.append("signing.changed_after")
    stamp = status.timestamp_validity
    is_stamped = stamp is not None and stamp.valid and stamp.intact and stamp.trusted
    if not is_stamped:
        codes.append("signing.stamp_bad")
    level = _level(reader, is_stamped=is_stamped, is_archived=archived)
    return _facts(signature, at, level, tuple(dict.fromkeys(codes)))


async def _check_archive(reader: PdfFileReader, task: Task, codes: list[str]) -> bool:
    """Whether the last time-stamps, over the whole file, hold."""
    stamps = reader.embedded_timestamp_signatures
    for one in stamps:
        try:
            at = _generated_at(one.signed_data)
            status: Any = await async_validate_pdf_timestamp(one, _context(reader, task.root, at))
        except _BROKEN:
            codes.append("signing.stamp_bad")
            return False
        late = to_ms(at) > task.now_ms + TOLERANCE_MS
        if late or not (status.intact and status.valid and status.trusted):
            codes.append("signing.stamp_bad")
            return False
    return bool(stamps)


def _stamped_at(signature: EmbeddedPdfSignature) -> datetime | None:
    """When the time-stamp in a signature says it was made; whether it is so is seen later."""
    try:
        for token in extract_tst_data_iter(signature.signer_info, signed=False):
            return _generated_at(token)
    except (ValueError, TypeError, KeyError):
        pass
    return None


def _generated_at(token: Any) -> datetime:
    return token["encap_content_info"]["content"].parsed["gen_time"].native


def _context(reader: PdfFileReader, root: bytes, at: datetime) -> ValidationContext:
    """What counts at a moment: one root, and the certificates and lists that the file brings."""
    rules: dict[str, Any] = {
        "trust_roots": [x509.Certificate.load(root)],
        "moment": at,
        "revocation_mode": "require",
        "allow_fetching": False,
    }
    if "/DSS" not in reader.root:
        return ValidationContext(**rules, crls=[], ocsps=[])
    return DocumentSecurityStore.read_dss(reader).as_validation_context(rules)


def _code_of(found: Any) -> str:
    if found == AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND:
        return "signing.stranger"
    if found is not None and "REVOKED" in found.name and "NOT_REVOKED" not in found.name:
        return "signing.revoked"
    return "signing.certificate_expired" if found in _TOO_OLD else "signing.doubtful"


def _level(reader: PdfFileReader, *, is_stamped: bool, is_archived: bool) -> str:
    if not is_stamped:
        return "B-B"
    if is_archived:
        return "B-LTA"
    return "B-LT" if "/DSS" in reader.root else "B-T"


def _facts(
    signature: EmbeddedPdfSignature, at: datetime, level: str, codes: tuple[str, ...]
) -> PaperFacts:
    certificate: Any = signature.signer_cert
    names = certificate.subject.native
    told: Any = signature.sig_object
    return PaperFacts(
        str(names.get("common_name", ""))[:200],
        to_ms(at),
        f"{certificate.serial_number:x}"[:64],
        level,
        str(told.get("/Reason", ""))[:200],
        str(told.get("/Location", ""))[:200],
        codes,
    )


if __name__ == "__main__":
    main()
