"""Movements of an account's cash 资金流水, a page or a file at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, TypeVar

from yunquan.counter.types import AccountView
from yunquan.history import load_cash, load_changes, load_day_ends, sum_newer
from yunquan.history.types import WantedCash
from yunquan.kernel.errors import Invalid, Refused
from yunquan.kernel.money import fen_to_text
from yunquan.kernel.transaction import ReadTx
from yunquan.statements.rules import flow
from yunquan.statements.rules.days import movement_of
from yunquan.statements.service.statements import Statements
from yunquan.statements.types import FlowFilter, FlowLine, FlowPage, Movement, Paper

LONGEST_PAGE: Final = 200
MOST_ROWS: Final = 10_000
_A_TURN: Final = 1_000
Read = TypeVar("Read")


async def cash_flow(
    office: Statements,
    account: str,
    asked: FlowFilter,
    locale: str,
    *,
    before: str | None = None,
    limit: int = 50,
) -> FlowPage:
    """Movements of cash, newest first, each with what the account owned after it. Raises Invalid
    flow.*.
    """
    view, whole = await office.whole_view(account)
    most = max(1, min(limit, LONGEST_PAGE))

    def read() -> FlowPage:
        with office.database.read() as tx:
            part = _Part(office, tx, view, asked, locale, whole=whole)
            lines = part.lines(_known(flow.place_of(before, view.seq)), most)
        following = f"{lines[-1].seq}-{lines[-1].line}" if len(lines) == most else None
        return FlowPage(tuple(lines), following, fen_to_text(_owned(view)), not whole)

    return await asyncio.to_thread(read)


async def cash_flow_paper(
    office: Statements, account: str, asked: FlowFilter, locale: str
) -> Paper:
    """Movements of at most 366 days as paper. Raises Invalid flow.*, also for more than 10,000."""
    refused = flow.check_span(asked)
    if refused:
        _known(refused)
    view, whole = await office.whole_view(account)

    def read() -> tuple[list[FlowLine], tuple[tuple[str, str], ...]]:
        with office.database.read() as tx:
            part = _Part(office, tx, view, asked, locale, whole=whole)
            found: list[FlowLine] = []
            place = (view.seq + 1, 0)
            while len(turn := part.lines(place, _A_TURN)) == _A_TURN:
                found += turn
                place = (turn[-1].seq, turn[-1].line)
                if len(found) >= MOST_ROWS:
                    raise Invalid("flow.too_many", most=MOST_ROWS)
            return found + turn, office.who(tx, view, locale)

    lines, facts = await asyncio.to_thread(read)
    text = office.text(locale)
    period = (text("flow.title"), f"{asked.from_day} – {asked.to_day}")
    title = text("flow.paper", first=asked.from_day, last=asked.to_day)
    lang = "zh" if locale == "zh_CN" else "en"
    return flow.flow_paper(lines, title, (*facts, period), office.marks(locale), text, lang)


class _Part:
    """One reading of an account's movements: the same days, names and balance for every turn."""

    def __init__(
        self,
        office: Statements,
        tx: ReadTx,
        view: AccountView,
        asked: FlowFilter,
        locale: str,
        *,
        whole: bool,
    ) -> None:
        self._office, self._tx, self._view, self._locale = office, tx, view, locale
        self._whole = whole
        self._ends = load_day_ends(tx, office.stream(view.account))
        self._open_day = office.open_day(tx, view)
        self._wanted: WantedCash = _known(flow.wanted_cash(asked, self._ends))

    def lines(self, before: tuple[int, int], limit: int) -> list[FlowLine]:
        account, asset = self._view.account, self._view.cash.asset
        rows = load_cash(self._tx, account, asset, before, limit, self._wanted)
        found = [movement_of(row, account, self._ends, self._open_day) for row in rows]
        text = self._office.text(self._locale)
        return [
            flow.flow_line(
                one,
                self._office.name(one.symbol, self._locale) or one.symbol,
                balance,
                text,
            )
            for one, balance in zip(found, self._balances(found), strict=True)
        ]

    def _balances(self, found: Sequence[Movement]) -> list[int | None]:
        """What was owned after each. The counter says what is owned now, history what came since;
        while history lacks something, nothing is known.
        """
        if not found or not self._whole:
            return [None] * len(found)
        account, asset, seq = self._view.account, self._view.cash.asset, self._view.seq
        newest, oldest = ((one.seq, one.line) for one in (found[0], found[-1]))
        owned = _owned(self._view) - sum_newer(self._tx, account, asset, newest, seq)
        after = {newest: owned}
        changes = load_changes(self._tx, account, asset, newest, oldest)
        for (at, line, gained), (next_at, next_line, _) in pairwise(changes):
            after[next_at, next_line] = after[at, line] - gained
        return [after[one.seq, one.line] for one in found]


def _owned(view: AccountView) -> int:
    cash = view.cash
    return cash.available + cash.settling + cash.frozen + cash.held


def _known(found: Read | Refused) -> Read:
    """What was read. Raises Invalid with what refuses it."""
    if isinstance(found, Refused):
        raise Invalid(found.code, **found.facts)
    return found
