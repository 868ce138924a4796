"""What may be asked, what an answer makes of it, and whether a file can be believed. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from yunquan.clients.types import SecuritiesAccount, SecuritiesKind
from yunquan.depository.types import (
    DepositoryAccount,
    LineAnswer,
    LineResult,
    OpeningState,
    Person,
    RequestKind,
    RequestState,
    ResultFile,
    ResultRow,
    Settlement,
    Wanted,
)
from yunquan.kernel.errors import Refused

LONGEST_SERIAL: Final = 64
SERIAL: Final = re.compile(r"[!-~]{1,64}")
MOST_WANTED: Final = 8
ODD: Final = "depository.answer_odd"
# Why a request came to nothing that staff settled so.
NOT_DONE: Final = "depository.settled_not_done"
SHORTEST_EVIDENCE: Final = 4
LONGEST_EVIDENCE: Final = 200
_YMT = re.compile(r"[0-9]{12}")
# Source: ChinaClear, numbering of securities accounts.
_NUMBERS: Final = {
    ("SH", SecuritiesKind.ORDINARY): re.compile(r"A[0-9]{9}"),
    ("SH", SecuritiesKind.FUND): re.compile(r"F[0-9]{9}"),
    ("SZ", SecuritiesKind.ORDINARY): re.compile(r"0[0-57-9][0-9]{8}"),
    ("SZ", SecuritiesKind.FUND): re.compile(r"05[0-9]{8}"),
}
# The depository's letters for kinds of accounts.
LETTERS: Final = {"A": SecuritiesKind.ORDINARY, "F": SecuritiesKind.FUND}
REASONS: Final = {
    "": "",
    "D01_three_accounts": "depository.three_accounts",
    "D02_identity": "depository.identity",
    "D03_name_differs": "depository.name_differs",
    "D04_number_old": "depository.number_old",
    "D05_frozen": "depository.frozen",
    "D06_no_such_account": "depository.no_such_account",
    "D07_designated_elsewhere": "depository.designated_elsewhere",
    "D08_no_unified_account": "depository.no_unified_account",
    "D10_unit_missing": "depository.unit_missing",
}
DONE_WORDS: Final = {
    "opened": RequestKind.OPEN,
    "updated": RequestKind.UPDATE,
    "designated": RequestKind.DESIGNATE,
}


def check_request(serial: str, kind: RequestKind, wanted: tuple[Wanted, ...]) -> Refused | None:
    """Refuses what the depository couldn't read."""
    if not SERIAL.fullmatch(serial):
        return Refused("depository.serial_malformed")
    if not 1 <= len(wanted) <= MOST_WANTED and kind is not RequestKind.UPDATE:
        return Refused("depository.wanted_malformed")
    for one in wanted:
        if (one.market, one.kind) not in _NUMBERS or (one.number and not fits(one, one.number)):
            return Refused("depository.wanted_malformed")
    if kind is RequestKind.DESIGNATE and [one.market for one in wanted if one.number] != ["SH"]:
        return Refused("depository.wanted_malformed")
    return None


def fits(wanted: Wanted, number: str) -> bool:
    """Whether a number is of this market and kind."""
    return bool(_NUMBERS[wanted.market, wanted.kind].fullmatch(number))


def request_digest(
    key: bytes, kind: RequestKind, person: Person, wanted: tuple[Wanted, ...]
) -> str:
    """Tells whether a repeated serial asks for the same; keyed, as it covers an identity number."""
    body = [kind.value, person.name, person.id_number]
    body += [f"{one.market}:{one.kind.value}:{one.number}" for one in wanted]
    return hmac.new(key, "\n".join(body).encode(), hashlib.sha256).hexdigest()


def after_answer(state: OpeningState, answer: LineAnswer) -> OpeningState:
    """Where an answer leaves a request. What is final stays; what can't be is in doubt until
    somebody has looked."""
    if state.is_final:
        return state
    code, day, kept = answer.code, answer.day or state.day, None
    match answer.result:
        case LineResult.REFUSED:
            found, accounts, ymt = RequestState.REFUSED, (), ""
        case LineResult.FOR_DAY:
            found, accounts, ymt = RequestState.FOR_DAY, (), ""
        case LineResult.DONE:
            found, accounts, ymt = RequestState.DONE, answer.accounts, answer.ymt
            if odd(state, answer):
                found, accounts, ymt, code = RequestState.IN_DOUBT, (), "", ODD
                kept = answer
    state = replace(state, state=found, code=code, day=day, ymt=ymt, accounts=accounts, odd=kept)
    return replace(state, trouble="")


def odd(state: OpeningState, answer: LineAnswer) -> bool:
    """Whether what is said to be done isn't what was asked for: other accounts, more, or fewer."""
    if not _YMT.fullmatch(answer.ymt):
        return True
    if state.kind is RequestKind.UPDATE:
        return False
    if len(answer.accounts) != len(state.wanted):
        return True
    return any(
        (one.market, one.kind) != (given.market, given.kind)
        or not fits(one, given.number)
        or one.number not in ("", given.number)
        for one, given in zip(state.wanted, answer.accounts, strict=True)
    )


def after_trouble(state: OpeningState, code: str, *, surely_not_done: bool) -> OpeningState:
    """Where a try that brought no answer leaves a request: what was in doubt before stays so, and
    what waits for its day waits on."""
    found = state.state
    if found is RequestState.ASKED and not surely_not_done:
        found = RequestState.IN_DOUBT
    return replace(state, state=found, trouble=code)


def is_odd(state: OpeningState) -> bool:
    """Whether it waits for staff: the depository has answered with what can't be."""
    return state.state is RequestState.IN_DOUBT and state.code == ODD and state.odd is not None


def check_settlement(state: OpeningState, told: Settlement) -> Refused | None:
    """Whether staff may settle a request so: accounts of those that were wanted, one each at the
    most, and none where nothing was done.
    """
    if not is_odd(state):
        return Refused("depository.not_odd", {"serial": state.serial})
    if not SHORTEST_EVIDENCE <= len(told.evidence) <= LONGEST_EVIDENCE:
        longest = LONGEST_EVIDENCE
        return Refused("depository.evidence", {"shortest": SHORTEST_EVIDENCE, "longest": longest})
    if not told.done:
        bare = not told.ymt and not told.accounts
        return None if bare else Refused("depository.settled_unfit")
    wanted = list(state.wanted)
    for one in told.accounts:
        fitting = next((w for w in wanted if _is_wanted(w, one)), None)
        if fitting is None:
            return Refused("depository.settled_unfit")
        wanted.remove(fitting)
    whole = bool(told.accounts) != (state.kind is RequestKind.UPDATE)
    return None if whole and _YMT.fullmatch(told.ymt) else Refused("depository.settled_unfit")


def _is_wanted(wanted: Wanted, given: DepositoryAccount) -> bool:
    same = (wanted.market, wanted.kind) == (given.market, given.kind)
    return same and fits(wanted, given.number) and wanted.number in ("", given.number)


def after_settlement(state: OpeningState, told: Settlement) -> OpeningState:
    """Final: what two members of staff found. What had been answered stays beside it."""
    if told.done:
        found = replace(state, state=RequestState.DONE, code="", ymt=told.ymt)
        return replace(found, accounts=told.accounts, trouble="")
    return replace(state, state=RequestState.REFUSED, code=NOT_DONE, trouble="")


def contradicts(state: OpeningState, answer: LineAnswer) -> bool:
    """Whether a file says otherwise of a request than what it came to."""
    if not state.is_final:
        return False
    done = state.state is RequestState.DONE
    if done != (answer.result is LineResult.DONE):
        return True
    if not done:
        return state.code != answer.code
    return {one.number for one in state.accounts} != {one.number for one in answer.accounts}


def securities_of(
    accounts: Iterable[DepositoryAccount], custody_unit: str
) -> tuple[SecuritiesAccount, ...]:
    """What was opened, as `clients.open_accounts` takes it: Shanghai not designated yet."""
    return tuple(
        SecuritiesAccount(
            one.number,
            one.market,
            one.kind,
            designated=False,
            custody_unit=custody_unit if one.market == "SZ" else "",
        )
        for one in accounts
    )


def read_file(body: bytes, firm: str, day: str, version: int) -> ResultFile | Refused:
    """A day's file, or why it can't be believed: nothing of it counts then."""
    facts = {"day": day, "version": version}
    if not body.endswith(b"\n"):
        return Refused("depository.file_half", facts)
    try:
        lines = body.decode().split("\n")
    except UnicodeDecodeError:
        return Refused("depository.file_altered", facts)
    if len(lines) < 3 or not lines[-2].startswith("END|"):
        return Refused("depository.file_half", facts)
    *content, end, _ = lines
    whole = "".join(f"{line}\n" for line in content).encode()
    if end != f"END|{len(content) - 1}|{hashlib.sha256(whole).hexdigest()}":
        return Refused("depository.file_altered", facts)
    if content[0] != f"YQDEPOSITORY|1|{firm}|{day}|{version}":
        return Refused("depository.file_foreign", facts)
    rows: list[ResultRow] = []
    for line in content[1:]:
        row = _read_row(line, day)
        if row is None:
            return Refused("depository.file_malformed", facts)
        rows.append(row)
    if len({row.serial for row in rows}) != len(rows):
        return Refused("depository.file_malformed", facts)
    return ResultFile(day, version, tuple(rows))


def _read_row(line: str, day: str) -> ResultRow | None:
    parts = line.split("|")
    if len(parts) != 7 or parts[0] != "R":
        return None
    _, serial, kind, result, code, ymt, listed = parts
    try:
        asked = RequestKind(kind)
        accounts = tuple(read_account(each) for each in listed.split(",") if each)
        reason = REASONS[code]
    except (ValueError, KeyError):
        return None
    if result == "refused" and code:
        return ResultRow(serial, asked, LineAnswer(LineResult.REFUSED, reason, day))
    if DONE_WORDS.get(result) is not asked or code:
        return None
    return ResultRow(serial, asked, LineAnswer(LineResult.DONE, "", day, ymt, accounts))


def read_account(text: str) -> DepositoryAccount:
    """Of "SH:A:A000000001". Raises ValueError, KeyError."""
    market, letter, number = text.split(":")
    return DepositoryAccount(market, LETTERS[letter], number)


def account_text(account: DepositoryAccount) -> str:
    """As a file writes it."""
    letter = next(letter for letter, kind in LETTERS.items() if kind is account.kind)
    return f"{account.market}:{letter}:{account.number}"


def file_digest(body: bytes) -> str:
    """By which a file is known again."""
    return hashlib.sha256(body).hexdigest()
