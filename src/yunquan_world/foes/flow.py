"""Writes what accounts do, one act after the other, and what that does to the market."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from yunquan_world.foes.ground import AFTERNOON, CLOSES, CLOSING, CROSS, NOON, OPENS, Ground
from yunquan_world.foes.rows import (
    CANCEL,
    CASH_IN,
    CASH_OUT,
    FILL,
    LOGIN,
    LOGIN_FAILED,
    MATCH,
    ORDER,
    ROW,
    Span,
    Truth,
)

FEN = 100


class Flow:
    """devices, groups: of each account, as of this day. midnight_ms: UTC."""

    def __init__(
        self,
        ground: Ground,
        rng: np.random.Generator,
        devices: Any,
        groups: Any,
        midnight_ms: int,
    ) -> None:
        self.ground, self.rng = ground, rng
        self.devices, self.groups = devices, groups
        self.midnight_ms = midnight_ms
        self.rows: list[tuple[int, ...]] = []
        self.bulk: list[Any] = []
        self.truths: list[Truth] = []
        self._span: Span | None = None

    def _row(
        self,
        kind: int,
        at_ms: int,
        account: int,
        symbol: int = -1,
        side: int = 0,
        price: int = 0,
        qty: int = 0,
        amount: int = 0,
        a: int = 0,
        age: int = 0,
        other: int = -1,
        device: int = -1,
    ) -> None:
        if self._span is not None:
            self._span.see(at_ms, account)
        group = int(self.groups[account])
        told = (at_ms, price, qty, amount, a, 0, 0, 0, age, account, symbol, other, device, group)
        self.rows.append((*told, kind, side, at_ms // 60_000))

    def order(
        self,
        account: int,
        symbol: int,
        side: int,
        yuan: float,
        at_ms: int,
        *,
        away: float = 0.0,
        price: int = 0,
        filled: int = 0,
        cancelled: int = 0,
        part: float = 1.0,
        shown: bool = True,
    ) -> int:
        """An order of about `yuan`, at the market's price or `away` (a share) from it on the
        passive side. filled, cancelled: the moments; part: how much of it is filled when it is.
        shown: whether it waits where the best five tell of it. Its shares.
        """
        ground, at_ms = self.ground, in_session(int(at_ms))
        if not price:
            market = int(ground.price(symbol, at_ms))
            price = max(round(market * (1 - side * away) / 10) * 10, 10)
            price = int(np.clip(price, ground.lower[symbol], ground.upper[symbol]))
        qty = max(int(yuan * 1000 / price) // 100 * 100, 100)
        device = int(self.devices[account])
        self._row(ORDER, at_ms, account, symbol, side, price, qty, price * qty // 10, device=device)
        left, end = qty, at_ms
        if filled:
            end = max(in_session(int(filled)), at_ms)
            done = max(int(qty * part) // 100 * 100, 100) if part < 1 else qty
            at_price = int(ground.price(symbol, end))
            self._fill(account, symbol, side, price, at_price, done, at_ms, end)
            left = qty - done
        if cancelled and left > 0:
            end = max(in_session(int(cancelled)), end)
            amount = price * left // 10
            told = (CANCEL, end, account, symbol, side, price, left, amount, price, end - at_ms)
            self._row(*told)
        if shown and (cancelled or not filled):
            until = end if cancelled else CLOSES
            ground.rest(symbol, at_ms, until, side, qty)
        return qty

    def _fill(
        self,
        account: int,
        symbol: int,
        side: int,
        price: int,
        at_price: int,
        qty: int,
        placed_ms: int,
        at_ms: int,
    ) -> None:
        amount, age = at_price * qty // 10, at_ms - placed_ms
        self._row(FILL, at_ms, account, symbol, side, at_price, qty, amount, price, age)
        self.ground.traded(symbol, at_ms, qty)

    def match(
        self, buyer: int, seller: int, symbol: int, yuan: float, at_ms: int, off: float = 0.0
    ) -> None:
        """Two accounts of ours trade with each other, `off` (a share) the market's price."""
        at_ms = in_session(int(at_ms))
        market = int(self.ground.price(symbol, at_ms) * (1 + off) / 10) * 10
        qty = max(int(yuan * 1000 / market) // 100 * 100, 100)
        amount = market * qty // 10
        for account, side in ((buyer, 1), (seller, -1)):
            device = int(self.devices[account])
            self._row(ORDER, at_ms, account, symbol, side, market, qty, amount, device=device)
        for account, side in ((buyer, 1), (seller, -1)):
            self._fill(account, symbol, side, market, market, qty, at_ms, at_ms + 40)
        told = (market, qty, amount)
        self._row(MATCH, at_ms + 41, buyer, symbol, 1, *told, other=seller)
        if buyer != seller:
            self._row(MATCH, at_ms + 41, seller, symbol, -1, *told)

    def login(self, account: int, at_ms: int, device: int | None = None) -> None:
        own = int(self.devices[account])
        self._row(LOGIN, int(at_ms), account, device=own if device is None else device)

    def fail(self, account: int, at_ms: int) -> None:
        self._row(LOGIN_FAILED, int(at_ms), account)

    def cash(self, account: int, yuan: float, at_ms: int, device: int | None = None) -> None:
        """In if it is positive, out if negative."""
        kind = CASH_IN if yuan > 0 else CASH_OUT
        own = int(self.devices[account]) if device is None else device
        self._row(kind, int(at_ms), account, amount=int(abs(yuan)) * FEN, device=own)

    @contextmanager
    def told(
        self,
        kind: str,
        strength: str = "medium",
        disguise: str = "plain",
        symbol: int = -1,
        device: int = -1,
        *,
        innocent: bool = False,
    ) -> Iterator[None]:
        """What is written within is one act of somebody, and goes into the truth."""
        self._span = Span()
        yield
        span, self._span = self._span, None
        accounts = tuple(sorted(span.touched))
        if not accounts:
            return
        group = int(self.groups[accounts[0]])
        begin, end = span.first + self.midnight_ms, span.last + self.midnight_ms
        told = (kind, accounts, symbol, device, group, begin, end, strength, disguise, innocent)
        self.truths.append(Truth(*told))

    def finished(self, *, quotes: bool) -> Any:
        """All rows in order of time, UTC."""
        parts = [np.array(self.rows, ROW)] if self.rows else []
        parts += self.bulk
        if quotes:
            parts.append(self.ground.rows())
        made = np.concatenate(parts)
        made = made[np.argsort(made["at_ms"], kind="stable")]
        made["minute"] = made["at_ms"] // 60_000
        made["at_ms"] += self.midnight_ms
        return made


def in_session(at_ms: int) -> int:
    """The moment, or the nearest later one at which something can happen."""
    if at_ms > CLOSES:
        return CLOSES
    if NOON <= at_ms < AFTERNOON:
        return AFTERNOON + (at_ms - NOON) % 60_000
    if CROSS < at_ms < OPENS:
        return OPENS + (at_ms - CROSS) % 30_000
    return at_ms


def continuous(rng: np.random.Generator, room_ms: int = 0) -> int:
    """A moment of the continuous auction, with so much left of its half day."""
    if rng.random() < 0.5:
        return int(rng.integers(OPENS + 60_000, max(NOON - room_ms, OPENS + 60_001)))
    return int(rng.integers(AFTERNOON, max(CLOSING - room_ms, AFTERNOON + 1)))
