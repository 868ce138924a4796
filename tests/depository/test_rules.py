"""What may be asked, what answers make of it, which files are believed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.clients.rules import check_opening
from yunquan.clients.types import AccountTree, CashKind, ClientId, NewAccounts, SecuritiesKind
from yunquan.depository import rules
from yunquan.depository.types import (
    DepositoryAccount,
    LineAnswer,
    LineResult,
    OpeningState,
    Person,
    RequestKind,
    RequestState,
    ResultFile,
    Wanted,
)
from yunquan.kernel.errors import Refused
from yunquan_world.offices.result_file import Result, write_results

FUND = SecuritiesKind.FUND
SH, SZ = Wanted("SH"), Wanted("SZ")
SHANGHAI = DepositoryAccount("SH", SecuritiesKind.ORDINARY, "A000000001")
SHENZHEN = DepositoryAccount("SZ", SecuritiesKind.ORDINARY, "0100000001")
YMT = "180000000001"
DONE = LineAnswer(LineResult.DONE, "", "", YMT, (SHANGHAI, SHENZHEN))
REFUSED = LineAnswer(LineResult.REFUSED, "depository.three_accounts")
FOR_DAY = LineAnswer(LineResult.FOR_DAY, "", "2026-07-14")
ASKED = OpeningState(
    "o1", "app_1", RequestKind.OPEN, (SH, SZ), RequestState.ASKED, "", "", "", (), 0, "", 0
)


@pytest.mark.parametrize(
    ("serial", "kind", "wanted", "code"),
    [
        ("o1", RequestKind.OPEN, (SH, SZ), None),
        ("o1", RequestKind.OPEN, (Wanted("SZ", FUND),), None),
        ("o1", RequestKind.OPEN, (Wanted("SH", number="A000000001"),), None),
        ("o1", RequestKind.UPDATE, (), None),
        ("o1", RequestKind.DESIGNATE, (Wanted("SH", number="A000000001"),), None),
        ("", RequestKind.OPEN, (SH,), "depository.serial_malformed"),
        ("o 1", RequestKind.OPEN, (SH,), "depository.serial_malformed"),
        ("o" * 65, RequestKind.OPEN, (SH,), "depository.serial_malformed"),
        ("o1", RequestKind.OPEN, (), "depository.wanted_malformed"),
        ("o1", RequestKind.OPEN, (SH,) * 9, "depository.wanted_malformed"),
        ("o1", RequestKind.OPEN, (Wanted("BJ"),), "depository.wanted_malformed"),
        (
            "o1",
            RequestKind.OPEN,
            (Wanted("SH", SecuritiesKind.CREDIT),),
            "depository.wanted_malformed",
        ),
        (
            "o1",
            RequestKind.OPEN,
            (Wanted("SZ", number="A000000001"),),
            "depository.wanted_malformed",
        ),
        ("o1", RequestKind.DESIGNATE, (SH,), "depository.wanted_malformed"),
        (
            "o1",
            RequestKind.DESIGNATE,
            (Wanted("SZ", number="0100000001"),),
            "depository.wanted_malformed",
        ),
    ],
)
def test_what_may_be_asked(
    serial: str, kind: RequestKind, wanted: tuple[Wanted, ...], code: str | None
) -> None:
    refused = rules.check_request(serial, kind, wanted)
    assert (refused.code if refused else None) == code


@pytest.mark.parametrize(
    ("answer", "state", "code", "day"),
    [
        (DONE, RequestState.DONE, "", ""),
        (REFUSED, RequestState.REFUSED, "depository.three_accounts", ""),
        (FOR_DAY, RequestState.FOR_DAY, "", "2026-07-14"),
        (replace(DONE, ymt="18"), RequestState.IN_DOUBT, rules.ODD, ""),
        (replace(DONE, accounts=(SHANGHAI,)), RequestState.IN_DOUBT, rules.ODD, ""),
        (replace(DONE, accounts=(SHENZHEN, SHANGHAI)), RequestState.IN_DOUBT, rules.ODD, ""),
        (
            replace(DONE, accounts=(replace(SHANGHAI, number="A1"), SHENZHEN)),
            RequestState.IN_DOUBT,
            rules.ODD,
            "",
        ),
    ],
)
def test_what_an_answer_makes_of_a_request(
    answer: LineAnswer, state: RequestState, code: str, day: str
) -> None:
    now = rules.after_answer(ASKED, answer)
    assert (now.state, now.code, now.day) == (state, code, day)
    assert bool(now.accounts) == (state is RequestState.DONE)


@given(
    st.lists(
        st.one_of(
            st.sampled_from([DONE, REFUSED, FOR_DAY, replace(DONE, ymt="")]),
            st.sampled_from(["office.no_answer", "office.not_sent"]),
        )
    )
)
def test_what_is_final_stays_whatever_comes(said: list[LineAnswer | str]) -> None:
    state = ASKED
    for one in said:
        before = state
        if isinstance(one, LineAnswer):
            state = rules.after_answer(state, one)
        else:
            sure = one == "office.not_sent"
            state = rules.after_trouble(state, one, surely_not_done=sure)
        if before.is_final and isinstance(one, LineAnswer):
            assert state == before
        if before.state is RequestState.IN_DOUBT:
            # Nothing that only says "not now" makes a doubt go away.
            assert isinstance(one, LineAnswer) or state.state is RequestState.IN_DOUBT


def test_an_existing_account_must_be_the_one_that_was_named() -> None:
    wanted = (Wanted("SH", number="A000000001"),)
    asked = replace(ASKED, wanted=wanted)
    assert not rules.odd(asked, replace(DONE, accounts=(SHANGHAI,)))
    other = replace(SHANGHAI, number="A000000002")
    assert rules.odd(asked, replace(DONE, accounts=(other,)))


def test_what_was_opened_is_what_clients_take() -> None:
    securities = rules.securities_of((SHANGHAI, SHENZHEN), "390001")
    assert [one.designated for one in securities] == [False, False]
    new = NewAccounts(CashKind.ORDINARY, securities)
    assert check_opening(AccountTree(ClientId("cli_1"), ()), new) is None


def test_contradictions() -> None:
    done = rules.after_answer(ASKED, DONE)
    refused = rules.after_answer(ASKED, REFUSED)
    assert not rules.contradicts(ASKED, DONE)
    assert not rules.contradicts(done, DONE)
    assert not rules.contradicts(refused, REFUSED)
    assert rules.contradicts(done, REFUSED)
    assert rules.contradicts(refused, DONE)
    assert rules.contradicts(refused, replace(REFUSED, code="depository.frozen"))
    assert rules.contradicts(done, replace(DONE, accounts=(SHANGHAI,)))


FILE = write_results(
    "YQ01",
    "2026-07-14",
    2,
    [
        Result("o1", "open", "opened", "", YMT, "SH:A:A000000001,SZ:A:0100000001"),
        Result("o2", "open", "refused", "D01_three_accounts", "", ""),
        Result("u1", "update", "updated", "", YMT, ""),
    ],
)


def read(body: bytes, **changes: Any) -> ResultFile | Refused:
    facts = {"firm": "YQ01", "day": "2026-07-14", "version": 2} | changes
    return rules.read_file(body, **facts)


def test_a_whole_file_is_read() -> None:
    found = read(FILE)
    assert isinstance(found, ResultFile)
    assert [row.serial for row in found.rows] == ["o1", "o2", "u1"]
    assert found.rows[0].answer == replace(DONE, day="2026-07-14")
    assert found.rows[1].answer.code == "depository.three_accounts"


def _sealed(line: str) -> bytes:
    body = f"YQDEPOSITORY|1|YQ01|2026-07-14|2\n{line}\n"
    return f"{body}END|1|{hashlib.sha256(body.encode()).hexdigest()}\n".encode()


@pytest.mark.parametrize(
    ("body", "changes", "code"),
    [
        (b"", {}, "file_half"),
        (FILE[: len(FILE) // 2], {}, "file_half"),
        (FILE[:-1], {}, "file_half"),
        (FILE.replace(b"A000000001", b"A000000002"), {}, "file_altered"),
        (FILE.replace(b"END|3", b"END|2"), {}, "file_altered"),
        (b"\xff\xfe" + FILE, {}, "file_altered"),
        (FILE, {"firm": "ZZ09"}, "file_foreign"),
        (FILE, {"day": "2026-07-15"}, "file_foreign"),
        (FILE, {"version": 1}, "file_foreign"),
        (_sealed("R|o1|open|opened"), {}, "file_malformed"),
        (_sealed("X|o1|open|opened||1|"), {}, "file_malformed"),
        (_sealed("R|o1|close|opened||1|"), {}, "file_malformed"),
        (_sealed("R|o1|open|updated||1|"), {}, "file_malformed"),
        (_sealed("R|o1|open|opened|D99|1|"), {}, "file_malformed"),
        (_sealed("R|o1|open|opened||1|SH-A-1"), {}, "file_malformed"),
        (_sealed("R|o1|open|opened||1|SH:Q:A000000001"), {}, "file_malformed"),
        (_sealed("R|o1|open|refused||1|"), {}, "file_malformed"),
    ],
)
def test_a_file_that_can_t_be_believed_is_refused_by_name(
    body: bytes, changes: dict[str, Any], code: str
) -> None:
    found = read(body, **changes)
    assert isinstance(found, Refused)
    assert found.code == f"depository.{code}"


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_no_single_changed_byte_is_believed(place: int, by: int) -> None:
    spoilt = bytearray(FILE)
    spoilt[place] ^= by
    assert isinstance(read(bytes(spoilt)), Refused)


@given(st.binary(max_size=300))
def test_garbage_is_refused_never_raised(body: bytes) -> None:
    assert isinstance(read(body), Refused)


def test_a_digest_tells_requests_apart_and_tells_nothing_else() -> None:
    person = Person("林晓舟", "990101199001010011")
    one = rules.request_digest(b"k", RequestKind.OPEN, person, (SH,))
    assert one == rules.request_digest(b"k", RequestKind.OPEN, person, (SH,))
    assert one != rules.request_digest(b"other", RequestKind.OPEN, person, (SH,))
    assert one != rules.request_digest(b"k", RequestKind.OPEN, person, (SZ,))
    assert "林晓舟" not in repr(person)
