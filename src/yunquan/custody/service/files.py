"""Taking the banks' files: check, decide the doubts, compare, keep.

A file that fails a check changes nothing but the record that it came. One that is taken decides the
doubts of its day first and is written down after that: whoever dies in between takes it again, and
what is decided stays decided.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from yunquan.custody import rules, store
from yunquan.custody.events import BankFileRefused, BankFileTaken
from yunquan.custody.types import BankFile, Difference, FileOutcome, FileState
from yunquan.funding import Funding, find_request, of_bank_day, settle
from yunquan.funding.types import Initiator, Transfer
from yunquan.kernel.errors import Refused, YunquanError
from yunquan.kernel.transaction import ReadTx

logger = logging.getLogger("yunquan.custody")

LONGEST_LIST: Final = 100


async def take_files(parts: Funding, firm: str) -> int:
    """Fetch and take every file that is ready and not taken yet; how many were. A bank that is
    away, or whose file fails, is asked again the next time.
    """
    taken = 0
    for code, bank in parts.banks.items():
        try:
            ready = await bank.list_files()
            known = await asyncio.to_thread(_known, parts, code)
            for day, version in reversed(ready):
                if known.get(day, 0) >= version:
                    continue
                body = await bank.fetch_file(day, version)
                outcome = await take_file(parts, firm, code, day, body)
                taken += outcome.state is FileState.TAKEN
        except YunquanError as error:
            logger.info("bank's files wait", extra={"bank": code, "reason": error.code})
    return taken


def _known(parts: Funding, bank: str) -> dict[str, int]:
    with parts.database.read() as tx:
        return store.taken_versions(tx, bank)


async def take_file(parts: Funding, firm: str, bank: str, day: str, body: bytes) -> FileOutcome:
    """Take one file of a bank's day, or refuse it by name. The same file twice changes nothing."""
    file = rules.read_file(body)
    refused = file if isinstance(file, Refused) else None
    if refused is None and isinstance(file, BankFile):
        refused = await asyncio.to_thread(_against, parts, file, (bank, firm, day))
    if refused is not None or isinstance(file, Refused):
        code = refused.code if refused else ""
        return await asyncio.to_thread(_refuse, parts, bank, day, body, code)
    resolved = 0
    for transfer in await asyncio.to_thread(_ours, parts, file):
        resolved += await _decide(parts, file, transfer)
    return await asyncio.to_thread(_keep, parts, file, body, resolved)


def _against(parts: Funding, file: BankFile, wanted: tuple[str, str, str]) -> Refused | None:
    """Why a whole file isn't the one that is wanted."""
    if (file.bank, file.firm, file.day) != wanted:
        return Refused("bank_file.other", {"bank": file.bank, "day": file.day})
    with parts.database.read() as tx:
        taken = store.load_taken(tx, file.bank, file.day)
    if taken is None or file.version > taken.version:
        return None
    if taken.digest == file.digest:
        return Refused("bank_file.repeated", {})
    code = "bank_file.changed" if file.version == taken.version else "bank_file.older"
    return Refused(code, {"version": file.version})


def _refuse(parts: Funding, bank: str, day: str, body: bytes, code: str) -> FileOutcome:
    state, now_ms = FileState.REFUSED, parts.now_ms()
    digest = rules.digest_of(body)
    outcome = FileOutcome(bank, day, digest, 0, state, code, 0, 0, 0, 0, 0, 0, now_ms)
    with parts.database.transaction(actor=f"bank:{bank}") as tx:
        store.save_file(tx, outcome, body)
        tx.emit(BankFileRefused(bank, day, code))
    logger.warning("bank's file refused", extra={"bank": bank, "day": day, "code": code})
    return outcome


def _ours(parts: Funding, file: BankFile) -> list[Transfer]:
    with parts.database.read() as tx:
        return list(_by_serial(tx, file).values())


def _by_serial(tx: ReadTx, file: BankFile) -> dict[str, Transfer]:
    """Our side of a file: what was asked of the bank on its day, and what it names besides."""
    found = {rules.serial_of(one): one for one in of_bank_day(tx, file.bank, file.day)}
    for row in file.rows:
        if row.initiator is Initiator.BANK and row.bank_serial not in found:
            older = find_request(tx, f"bank:{file.bank}", row.bank_serial)
            if older is not None:
                found[row.bank_serial] = older
    return found


async def _decide(parts: Funding, file: BankFile, transfer: Transfer) -> bool:
    """Whether the file has decided this one; what isn't in doubt with the bank stays as it is."""
    asked, known = transfer.bank_asked_at_ms, transfer.bank_done_at_ms
    if transfer.ended_at_ms is not None or asked is None or known is not None or transfer.code:
        return False
    rows = {rules.row_serial(row): row for row in file.rows}
    answer = rules.decide_doubt(transfer, rows.get(rules.serial_of(transfer)))
    if answer is None:
        return False
    await settle(parts, transfer, answer, f"file:{file.day}:{file.version}")
    return True


def _keep(parts: Funding, file: BankFile, body: bytes, resolved: int) -> FileOutcome:
    with parts.database.transaction(actor=f"bank:{file.bank}") as tx:
        ours = _by_serial(tx, file)
        found, matched = rules.differences(file, ours)
        outcome = FileOutcome(
            file.bank,
            file.day,
            file.digest,
            file.version,
            FileState.TAKEN,
            "",
            len(file.rows),
            matched,
            resolved,
            file.in_fen,
            file.out_fen,
            file.fees_fen,
            tx.now_ms(),
            firm_fees_fen=rules.firm_fees(file, parts.terms),
            ours_net_fen=rules.ours_net(file, ours),
        )
        store.save_file(tx, outcome, body)
        store.replace_differences(tx, file.bank, file.day, found)
        counts = (outcome.rows, resolved, len(found))
        tx.emit(BankFileTaken(file.bank, file.day, file.version, *counts))
    facts = {"bank": file.bank, "day": file.day, "resolved": resolved, "differences": len(found)}
    logger.info("bank's file taken", extra=facts)
    return outcome


def load_day(tx: ReadTx, bank: str, day: str) -> FileOutcome | None:
    """How a bank's day was reconciled; None until its file has been taken."""
    return store.load_taken(tx, bank, day)


def load_differences(tx: ReadTx, limit: int = LONGEST_LIST) -> list[Difference]:
    """Where banks' files and our books disagree, latest days first."""
    return store.load_differences(tx, limit)
