"""Files of banks: which are believed, what they decide, where they differ; cash explained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.funding.test_rules import CALENDAR, transfer
from yunquan.app.locale import catalogue
from yunquan.counter.types import AccountView, BalanceView, OrderView
from yunquan.custody import rules
from yunquan.custody.types import BankFile, DifferenceKind
from yunquan.funding.store import load_terms
from yunquan.funding.types import BankResult, Direction, Initiator, Transfer, TransferState
from yunquan.kernel.errors import Refused
from yunquan.kernel.i18n import LOCALES
from yunquan_world.bank_file import half, lying, with_wrong_sum, write_file
from yunquan_world.vault import Kept

DAY = "2026-07-13"
CATALOGUE = catalogue()


def kept(number: int, **changes: Any) -> Kept:
    first = Kept(
        number,
        "YQ01",
        "firm",
        f"tfr_{number:02d}",
        "",
        DAY,
        DAY,
        "10:00",
        "to_broker",
        "6229990000000001",
        123_456,
        0,
        "done",
        "",
        0,
    )
    return replace(first, **changes)


def file_of(*rows: Kept, version: int = 1) -> BankFile:
    found = rules.read_file(write_file("simbank", "YQ01", DAY, version, rows))
    assert isinstance(found, BankFile), found
    return found


def done(number: int = 1, direction: Direction = Direction.IN, **changes: Any) -> Transfer:
    known = transfer(direction, bank_asked_at_ms=2, bank_done_at_ms=3, bank_day=DAY, **changes)
    return replace(known, id=type(known.id)(f"tfr_{number:02d}"))


ROWS = (kept(1), kept(2, direction="to_bank", amount_fen=50, fee_fen=7), kept(3, result="refused"))
WHOLE = write_file("simbank", "YQ01", DAY, 1, ROWS)


def test_a_whole_file_is_read() -> None:
    found = rules.read_file(WHOLE)
    assert isinstance(found, BankFile)
    assert (found.bank, found.firm, found.day, found.version) == ("simbank", "YQ01", DAY, 1)
    assert (found.in_fen, found.out_fen, found.fees_fen) == (123_456, 50, 7)
    assert [row.serial for row in found.rows] == ["tfr_01", "tfr_02", "tfr_03"]


def test_whom_the_bank_charges_is_a_matter_of_its_terms() -> None:
    terms = load_terms()
    rows = (
        kept(1, fee_fen=100),
        kept(2, direction="to_bank", fee_fen=7),
        kept(3, fee_fen=100, result="refused"),
    )
    yanpu, qimei = (replace(file_of(*rows), bank=bank) for bank in ("yanpu", "qimei"))
    assert rules.firm_fees(yanpu, terms) == 107
    assert rules.firm_fees(qimei, terms) == 0, "there the client pays"


def test_no_file_that_was_touched_is_read() -> None:
    """Cut anywhere, or with any one byte changed."""
    for end in range(len(WHOLE)):
        assert isinstance(rules.read_file(WHOLE[:end]), Refused), end
    for place in range(len(WHOLE)):
        changed = WHOLE[:place] + bytes([WHOLE[place] ^ 1]) + WHOLE[place + 1 :]
        assert isinstance(rules.read_file(changed), Refused), place


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bank_file.half"),
        (half(WHOLE), "bank_file.half"),
        (WHOLE[:-1], "bank_file.half"),
        (with_wrong_sum(WHOLE), "bank_file.checksum"),
        (WHOLE.replace(b"END|3|", b"END|2|"), "bank_file.count"),
        (WHOLE.replace(b"|123456|50|7|", b"|123457|50|7|"), "bank_file.sums"),
        (write_file("simbank", "YQ01", DAY, 1, [kept(1, result="maybe")]), "bank_file.malformed"),
        (write_file("simbank", "YQ01", DAY, 1, [kept(1, begun="who")]), "bank_file.malformed"),
        (write_file("sim|bank", "YQ01", DAY, 1, []), "bank_file.malformed"),
    ],
)
def test_files_are_refused_by_name(body: bytes, code: str) -> None:
    found = rules.read_file(body)
    assert isinstance(found, Refused)
    assert found.code == code
    for locale in LOCALES:
        shown = CATALOGUE.text(found.code, locale, **found.facts)
        assert "{" not in shown
        assert shown != found.code


@pytest.mark.parametrize(
    ("row", "result", "code"),
    [
        (None, BankResult.REFUSED, "transfer.not_at_bank"),
        (kept(1), BankResult.DONE, ""),
        (kept(1, result="refused"), BankResult.REFUSED, "transfer.refused_by_file"),
        (kept(1, result="reversed"), BankResult.REFUSED, "transfer.reversed"),
        (kept(1, amount_fen=1), None, ""),
        (kept(1, direction="to_bank"), None, ""),
    ],
)
def test_what_a_file_decides(row: Kept | None, result: BankResult | None, code: str) -> None:
    rows = file_of(row).rows if row else ()
    answer = rules.decide_doubt(transfer(bank_asked_at_ms=2), rows[0] if rows else None)
    assert (answer.result if answer else None) is result
    assert (answer.code if answer else "") == code


def refused(number: int) -> Transfer:
    known = done(number, bank_serial="K")
    return replace(
        known, bank_done_at_ms=None, code="bank.limit", state=TransferState.REFUSED, ended_at_ms=9
    )


def begun(number: int, **changes: Any) -> Transfer:
    return done(number, initiator=Initiator.BANK, request_key=f"K{number:012d}", **changes)


@pytest.mark.parametrize(
    ("rows", "ours", "kinds", "matched"),
    [
        ([kept(1)], [done(1)], [], 1),
        ([], [done(1)], ["ours_only"], 0),
        ([kept(1)], [], ["theirs_only"], 0),
        ([kept(1, result="refused")], [], [], 1),
        ([kept(1, result="refused")], [done(1)], ["ours_only"], 0),
        ([kept(1, result="reversed")], [refused(1)], [], 1),
        ([kept(1)], [refused(1)], ["theirs_only"], 0),
        ([], [refused(1)], [], 0),
        (lying([kept(1)]), [done(1)], ["amounts"], 0),
        ([kept(1, direction="to_bank")], [done(1)], ["amounts"], 0),
        ([kept(1, begun="bank", serial="K000000000001")], [begun(1)], [], 1),
        ([kept(1, begun="bank", result="open")], [], [], 0),
        ([kept(1, begun="bank", result="open")], [begun(1)], [], 0),
        ([kept(1), kept(2)], [done(1), done(3)], ["theirs_only", "ours_only"], 1),
    ],
)
def test_where_file_and_books_differ(
    rows: list[Kept], ours: list[Transfer], kinds: list[str], matched: int
) -> None:
    by_serial = {rules.serial_of(one): one for one in ours}
    found, agree = rules.differences(file_of(*rows), by_serial)
    assert [one.kind for one in found] == [DifferenceKind(kind) for kind in kinds]
    assert agree == matched


def view(**changes: Any) -> AccountView:
    cash = BalanceView("CNY", 100_00, 0, 0, 0)
    base = AccountView(
        "6000000001", "cli_1", "ordinary", "2026-07-14", 9, cash, (), (), (), {}, "", "2039-12-31"
    )
    return type(base)(
        *[changes.get(name, getattr(base, name)) for name in AccountView.__struct_fields__]
    )


def lines(shown: AccountView, *unfinished: Transfer) -> dict[str, tuple[int, str, str]]:
    found = rules.cash_lines(shown, unfinished, CALENDAR)
    for line in found:
        for locale in LOCALES:
            text = rules.cash_line_view(
                line, lambda code, locale=locale, **facts: CATALOGUE.text(code, locale, **facts)
            )
            assert "{" not in text.text + text.label
            assert not text.text.startswith("cash.")
    return {line.kind: (line.amount_fen, line.from_day, line.code) for line in found}


def test_what_was_sold_today_can_be_taken_out_on_the_next_trading_day() -> None:
    """Bank-only days, holidays and weekends come between, and bring it no nearer."""
    found = lines(view(cash=BalanceView("CNY", 100_00, 250_00, 0, 0)))
    assert found["usable"] == (350_00, "2026-07-14", "cash.usable")
    assert found["withdrawable"] == (100_00, "2026-07-14", "cash.withdrawable")
    assert found["settling"] == (250_00, "2026-07-20", "cash.sold_today")


def test_what_is_frozen_held_or_restricted_says_why() -> None:
    order = OrderView(
        "ord_1", "6000000001", "600519.SH", 1, 1, 1, 2, 1, 0, 0, 0, 0, 70_00, False, True, "", {}
    )
    found = lines(view(cash=BalanceView("CNY", 100_00, 0, 70_00, 30_00), orders=(order,)))
    assert found["frozen"] == (70_00, "", "cash.frozen")
    assert found["held"] == (30_00, "", "cash.held")
    found = lines(view(restrictions={"withdraw": "rule 1"}))
    assert found["withdrawable"] == (0, "", "cash.restricted")
    assert found["usable"][0] == 100_00
    assert lines(view(judicial="court 1"))["withdrawable"] == (0, "", "cash.judicial")


@pytest.mark.parametrize(
    ("direction", "kind", "code"),
    [(Direction.IN, "coming_in", "cash.doubt_in"), (Direction.OUT, "going_out", "cash.doubt_out")],
)
def test_what_is_on_its_way_says_which_file_decides(
    direction: Direction, kind: str, code: str
) -> None:
    doubted = transfer(direction, awaits_file=True, bank_day=DAY)
    assert lines(view(), doubted)[kind] == (123_456, DAY, code)
    assert lines(view(), transfer(direction))[kind] == (123_456, "", "cash.under_way")
