"""Movements of cash 资金流水: what they may be narrowed to, and each in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from yunquan.history.types import House, WantedCash
from yunquan.kernel.errors import Refused
from yunquan.kernel.money import fen_to_text, milli_to_text
from yunquan.statements.rules.papers import Text, moment, money
from yunquan.statements.types import (
    FlowFilter,
    FlowLine,
    Movement,
    Paper,
    PaperColumn,
    PaperTable,
)

WAYS: Final = {"": 0, "in": 1, "out": -1}
# By what people look for: kinds that clearing books, and the other sides of what it doesn't.
_TAXES: Final = WantedCash(("dividend_tax",), (House("tax"),))
_FEES: Final = WantedCash(("fee",), (House("firm"), House("depository")))
GROUPS: Final[dict[str, WantedCash]] = {
    "": WantedCash(),
    "transfer": WantedCash((), (House("bank"), House("between"))),
    "trade": WantedCash((), (House("clearing"),)),
    "fee": _FEES,
    "tax": _TAXES,
    "dividend": WantedCash(("dividend", "rights_payment"), ()),
    "interest": WantedCash(("interest",), ()),
    "correction": WantedCash(("correction", "settlement", "dues"), ()),
}
LONGEST_PERIOD_DAYS: Final = 366
_CURSOR: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,9})")


def wanted_cash(asked: FlowFilter, ends: Sequence[tuple[str, int]]) -> WantedCash | Refused:
    """The filter as history takes it. ends: days that ended, oldest first, with the last sequence
    of each; a day that hasn't goes on to the end of the log.
    """
    if asked.kind not in GROUPS or asked.way not in WAYS:
        return Refused("flow.filter_unknown")
    days = [day for day in (asked.from_day, asked.to_day) if day]
    if not all(_is_day(day) for day in days) or days != sorted(days):
        return Refused("flow.period_malformed")
    group = GROUPS[asked.kind]
    before = [seq for day, seq in ends if day < asked.from_day]
    within = [seq for day, seq in ends if day <= asked.to_day]
    ended = bool(ends) and bool(asked.to_day) and asked.to_day <= ends[-1][0]
    return WantedCash(
        group.booked,
        group.houses,
        WAYS[asked.way],
        (before[-1] if before else -1) if asked.from_day else None,
        (within[-1] if within else -1) if ended else None,
        asked.from_day,
        asked.to_day,
    )


def check_span(asked: FlowFilter) -> Refused | None:
    """Refuses a file without both ends, or of more than 366 days."""
    if not (asked.from_day and asked.to_day):
        return Refused("flow.period_malformed")
    try:
        span = date.fromisoformat(asked.to_day) - date.fromisoformat(asked.from_day)
    except ValueError:
        return Refused("flow.period_malformed")
    if span >= timedelta(days=LONGEST_PERIOD_DAYS):
        return Refused("flow.period_too_long", {"days": LONGEST_PERIOD_DAYS})
    return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def place_of(before: str | None, newest: int) -> tuple[int, int] | Refused:
    """The place in the log that a cursor names; after everything up to `newest` without one."""
    if not before:
        return (newest + 1, 0)
    found = _CURSOR.fullmatch(before)
    return (int(found[1]), int(found[2])) if found else Refused("flow.cursor_malformed")


def flow_line(one: Movement, name: str, balance: int | None, text: Text) -> FlowLine:
    """A movement in words. name: of the security it is about, "" for none."""
    return FlowLine(
        seq=one.seq,
        line=one.line,
        day=one.day,
        at_ms=one.at_ms,
        kind=one.kind,
        kind_text=text(f"statement.kind.{one.kind}"),
        about=_about(one, name, text),
        symbol=one.symbol,
        order=one.fill.order if one.fill else "",
        amount=fen_to_text(one.amount),
        balance=None if balance is None else fen_to_text(balance),
    )


def _about(one: Movement, name: str, text: Text) -> str:
    family, _, rest = one.house.partition(":")
    if one.kind in ("bought", "sold") and one.fill:
        price = milli_to_text(one.fill.price)
        return text("flow.traded", name=name, qty=one.fill.qty, price=price)
    if family == "bank":
        return text(f"bank.{rest}")
    return name or one.basis


def flow_paper(
    lines: Sequence[FlowLine],
    title: str,
    facts: Sequence[tuple[str, str]],
    marks: Sequence[str],
    text: Text,
    lang: str,
) -> Paper:
    """Movements of days as paper, newest first."""
    columns = (
        PaperColumn(text("statement.time"), share=3),
        PaperColumn(text("statement.what"), share=3),
        PaperColumn(text("flow.about"), share=6),
        PaperColumn(text("statement.amount"), number=True, share=3),
        PaperColumn(text("flow.balance"), number=True, share=3),
    )
    rows = tuple(
        (
            moment(one.day, one.at_ms),
            one.kind_text,
            one.about,
            _cny(one.amount),
            "--" if one.balance is None else _cny(one.balance),
        )
        for one in lines
    )
    return Paper(
        title=title,
        lang=lang,
        firm=text("statement.firm"),
        mark=" ".join(marks),
        facts=tuple(facts),
        tables=(PaperTable(text("flow.title"), columns, rows, text("flow.none")),),
        notes=(text("flow.note"),),
        footer=text("statement.footer"),
    )


def _cny(amount: str) -> str:
    return money(int(amount.replace(".", "")))
