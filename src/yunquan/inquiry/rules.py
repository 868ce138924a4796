"""What may be searched for, and how postings add up. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from yunquan.desk.rules.lists import STATES, is_day
from yunquan.history.types import Place, Turnover, Wanted
from yunquan.inquiry.types import (
    LedgerInquiry,
    LedgerLine,
    LedgerTotal,
    OrderInquiry,
    TurnoverLine,
)
from yunquan.kernel.errors import Refused
from yunquan.kernel.money import fen_to_text
from yunquan.ledger.types import BUCKET_NAMES

Text = Callable[..., str]

_NAME: Final = re.compile(r"[0-9A-Za-z_.:*-]{1,40}")
_PLACE: Final = re.compile(r"(counter-[0-9]{1,4}):([0-9]{1,18})")
_AFTER: Final = re.compile(r"([0-9]{1,18})\.(counter-[0-9]{1,4})\.([0-9]{1,9})")
# Events that move value, as the ledger's filter offers them.
MOVING: Final = (
    "cash_moved",
    "securities_moved_in",
    "order_placed",
    "order_filled",
    "order_cancelled",
    "order_rejected",
    "asset_frozen",
    "asset_released",
    "balances_settled",
    "entries_booked",
)
LEDGER_COLUMNS: Final = (
    "place",
    "time",
    "event",
    "source",
    "source_bucket",
    "target",
    "target_bucket",
    "asset",
    "amount",
    "balance",
)


def check_orders(asked: OrderInquiry) -> Refused | None:
    """Why a search for orders can't mean anything."""
    names = (asked.q, asked.account, asked.client, asked.symbol)
    if any(name and not _NAME.fullmatch(name) for name in names) or asked.state not in STATES:
        return Refused("inquiry.malformed")
    return check_days(asked.from_day, asked.to_day)


def check_days(from_day: str, to_day: str) -> Refused | None:
    """Days that exist, in their order."""
    days = [day for day in (from_day, to_day) if day]
    if not all(is_day(day) for day in days) or days != sorted(days):
        return Refused("orders.period_malformed")
    return None


def wanted_orders(asked: OrderInquiry, today: str) -> tuple[Wanted, str]:
    """The search as history takes it, and the day it is narrowed to where nothing narrows it."""
    anything = asked.account or asked.client or asked.symbol or asked.from_day or asked.to_day
    day = "" if anything else today
    states = tuple(int(state) for state in STATES[asked.state])
    from_day, to_day = asked.from_day or day, asked.to_day or day
    return Wanted(asked.symbol.upper(), 0, states, from_day, to_day), day


def check_ledger(asked: LedgerInquiry) -> Refused | None:
    """Why a search for postings can't be made: it needs something that an index leads by."""
    names = (asked.account, asked.asset, asked.order)
    if any(name and not _NAME.fullmatch(name) for name in names):
        return Refused("inquiry.malformed")
    if asked.place and not _PLACE.fullmatch(asked.place):
        return Refused("inquiry.place")
    if asked.event and asked.event not in MOVING:
        return Refused("inquiry.malformed")
    if sum(1 for name in (asked.account, asked.order, asked.place) if name) != 1:
        return Refused("inquiry.one_of_three")
    return check_days(asked.from_day, asked.to_day)


def place_of(text: str) -> tuple[str, int]:
    """Stream and sequence of a place that was checked."""
    stream, _, seq = text.partition(":")
    return stream, int(seq)


def after_of(text: str) -> Place | None:
    """Where a page goes on; None for the beginning, and for what is none."""
    found = _AFTER.fullmatch(text)
    return Place(int(found[1]), found[2], int(found[3])) if found else None


def after_text(row: Any) -> str:
    """How a page says where the next begins."""
    return f"{row.seq}.{row.stream}.{row.line}"


def is_house(account: str) -> bool:
    """Clearing, fees, banks: accounts of the firm, with a colon in the name."""
    return ":" in account


def amount_text(asset: str, amount: int) -> str:
    """Symbols have a dot ("600519.SH"), currencies none."""
    return str(amount) if "." in asset else fen_to_text(amount)


def delta(row: Any, account: str) -> int:
    """What a posting adds to what an account owns; 0 for a move between its own buckets."""
    return row.amount * ((row.target == account) - (row.source == account))


def lines_of(
    rows: Sequence[Any], account: str, balances: Mapping[str, int] | None, text: Text
) -> tuple[LedgerLine, ...]:
    """Postings of an account, newest first. balances: what it owned after the newest, by asset."""
    left = dict(balances) if balances is not None else None
    lines: list[LedgerLine] = []
    for row in rows:
        moved = delta(row, account) if account else 0
        owned = None
        if left is not None:
            owned = amount_text(row.asset, left[row.asset])
            left[row.asset] -= moved
        amount = amount_text(row.asset, row.amount)
        from_bucket: int = row.source_bucket
        to_bucket: int = row.target_bucket
        lines.append(
            LedgerLine(
                row.stream,
                row.seq,
                row.line,
                row.at_ms,
                row.event,
                text(f"ledger.event.{row.event}") if row.event else "",
                row.source,
                BUCKET_NAMES[from_bucket],
                row.target,
                BUCKET_NAMES[to_bucket],
                row.asset,
                amount,
                amount if moved > 0 else "",
                amount if moved < 0 else "",
                owned,
            )
        )
    return tuple(lines)


def totals_of(
    turnovers: Iterable[Turnover],
    opening: Mapping[str, int] | None,
    closing: Mapping[str, int] | None,
    owned: Mapping[str, int] | None,
) -> tuple[LedgerTotal, ...]:
    """By asset. opening, closing: reckoned from the log, each by itself; owned: what the counter
    has now.
    """
    sums: dict[str, list[int]] = {}
    for one in turnovers:
        found = sums.setdefault(one.asset, [0, 0])
        found[0] += one.came
        found[1] += one.went
    totals: list[LedgerTotal] = []
    for asset, (came, went) in sorted(sums.items()):
        before = opening.get(asset, 0) if opening is not None else None
        after = closing.get(asset, 0) if closing is not None else None
        proved = before is None or after is None or before + came - went == after
        agrees = None if owned is None or after is None else owned.get(asset, 0) == after
        totals.append(
            LedgerTotal(
                asset,
                None if before is None else amount_text(asset, before),
                amount_text(asset, came),
                amount_text(asset, went),
                None if after is None else amount_text(asset, after),
                proved,
                agrees,
            )
        )
    return tuple(totals)


def both_sides(rows: Iterable[Any]) -> list[Turnover]:
    """Each account's debits and credits over some postings."""
    sums: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        sums.setdefault((row.asset, row.target), [0, 0])[0] += row.amount
        sums.setdefault((row.asset, row.source), [0, 0])[1] += row.amount
    return [Turnover(*key, *found) for key, found in sorted(sums.items())]


def balanced(turnovers: Iterable[Turnover]) -> tuple[LedgerTotal, ...]:
    """Debits against credits by asset: proved where they are equal."""
    return tuple(
        LedgerTotal(one.asset, None, one.came, one.went, None, one.came == one.went, None)
        for one in totals_of(turnovers, None, None, None)
    )


def turnover_lines(turnovers: Iterable[Turnover]) -> tuple[TurnoverLine, ...]:
    """Turnovers as text."""
    return tuple(
        TurnoverLine(
            one.asset,
            one.other,
            amount_text(one.asset, one.came),
            amount_text(one.asset, one.went),
        )
        for one in turnovers
    )


def ledger_cells(line: LedgerLine, moment: Callable[[int], str], text: Text) -> list[object]:
    """A row under LEDGER_COLUMNS."""
    return [
        f"{line.stream}:{line.seq}",
        moment(line.at_ms),
        line.event_text,
        line.source,
        text(f"ui.workbench.bucket.{line.source_bucket}"),
        line.target,
        text(f"ui.workbench.bucket.{line.target_bucket}"),
        line.asset,
        line.amount,
        line.balance or "",
    ]
