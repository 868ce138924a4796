"""Daily caps of risk-warned shares, over all accounts of a client: the counter holds each account
to its cap, the rule is the investor's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yunquan.counter.events import DayRolled, OrderCancelled, OrderPlaced, OrderRejected
from yunquan.counter.rules.state import BUY, State
from yunquan.thresholds.types import Measured

CAP: Final = "warned_cap"
BOUGHT: Final = "exposure_bought"
CAPPED: Final = "exposure_cap"


class CapWatch:
    """What each client bought and ordered today of what has a cap."""

    def __init__(self, client_of: Mapping[str, str]) -> None:
        """client_of: by account; filled by whoever follows the accounts."""
        self._client_of = client_of
        self._taken: dict[tuple[str, str], int] = {}
        self._account: dict[tuple[str, str], str] = {}
        self._caps: dict[str, int] = {}
        self._orders: dict[str, tuple[str, str, int]] = {}
        # A change of any of it: an order moves no holding, and counts here.
        self.version = 0

    def begin(self, state: State) -> None:
        """As a counter's snapshot has it. A cap is known again from the first order under it."""
        for account in state.accounts.values():
            for symbol, shares in (account.bought or {}).items():
                self._add(account.id, symbol, shares)
            for orders in (account.working or {}).values():
                for order in orders:
                    if order.cap:
                        self._caps[order.symbol] = order.cap
                        self._orders[order.id] = (account.id, order.symbol, order.qty)

    def apply(self, event: Any) -> None:
        """One event of a counter."""
        kind = type(event)
        if kind is OrderPlaced:
            if event.cap and event.side == BUY:
                self._caps[event.symbol] = event.cap
                self._orders[event.order] = (event.account, event.symbol, event.qty)
                self._add(event.account, event.symbol, event.qty)
        elif kind is OrderCancelled and event.order in self._orders:
            account, symbol, _ = self._orders[event.order]
            self._add(account, symbol, -event.qty)
        elif kind is OrderRejected and event.order in self._orders:
            # It never was in the market, so nothing of it has traded.
            account, symbol, qty = self._orders.pop(event.order)
            self._add(account, symbol, -qty)
        elif kind is DayRolled:
            self.version += 1
            self._taken.clear()
            self._orders.clear()

    def _add(self, account: str, symbol: str, shares: int) -> None:
        key = (self._client_of.get(account, account), symbol)
        self._taken[key] = max(self._taken.get(key, 0) + shares, 0)
        self._account[key] = account
        self.version += 1

    def figures(self, least: float) -> list[Measured]:
        """Parts of a cap that a client has used, from `least` on."""
        found = list[Measured]()
        for key, shares in self._taken.items():
            symbol, cap = key[1], self._caps.get(key[1], 0)
            if not cap or shares / cap < least:
                continue
            account = self._account[key]
            beside = {BOUGHT: float(shares), CAPPED: float(cap)}
            found.append(Measured(CAP, " ".join(key), shares / cap, account, symbol, beside=beside))
        return found
