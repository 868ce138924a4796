"""What somebody of the crowd can do: look at quotes, order, cancel, move money. All of it goes the
way that a client's own orders go.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import Final

from yunquan.counter import Counters
from yunquan.counter.types import AccountView, AskAccount, CancelOrder, PlaceOrder, Side
from yunquan.funding import Funding, pay_in, pay_out
from yunquan.funding.types import Secrets
from yunquan.kernel.errors import YunquanError
from yunquan.market.rules.sessions import CONTINUOUS
from yunquan.quotes import QuoteBoard
from yunquan.quotes.types import Quote

logger = logging.getLogger("yunquan.crowd")

CALLER: Final = "crowd"
MAIN_BOARD: Final = ("600", "601", "603", "000", "001")
LOT: Final = 100


@dataclass(frozen=True, slots=True)
class Hand:
    """One account and whoever plays it."""

    account: str
    passwords: Secrets
    quotes: QuoteBoard
    counters: Counters
    funding: Funding
    chance: secrets.SystemRandom

    # --- looking

    @property
    def day(self) -> str:
        """The trading day, "" before the exchange said anything."""
        status = self.quotes.view().status
        return status.trading_day if status else ""

    @property
    def trades(self) -> bool:
        """Whether the market trades continuously."""
        status = self.quotes.view().status
        return status is not None and status.phase == CONTINUOUS

    def shares(self) -> list[Quote]:
        """Shares of the main board with prices on both sides, most traded first."""
        found = (
            quote
            for symbol, quote in self.quotes.book.quotes.items()
            if symbol.startswith(MAIN_BOARD) and quote.bids and quote.asks and quote.last_milli
        )
        return sorted(found, key=lambda quote: -quote.turnover_fen)

    def quote(self, symbol: str) -> Quote | None:
        """As it stands; None where one side is empty."""
        quote = self.quotes.quote(symbol)
        return quote if quote and quote.bids and quote.asks else None

    async def view(self) -> AccountView | None:
        """Balances and positions, and no orders."""
        return await self.counters.of(self.account).ask(AskAccount(self.account, 0))

    # --- doing

    async def place(self, symbol: str, side: Side, price_milli: int, qty: int) -> str:
        """A limit order in whole lots; its id, "" where it was refused."""
        lots = qty // LOT * LOT
        if not lots or not self.day:
            return ""
        command = PlaceOrder(
            f"{CALLER}:{secrets.token_hex(12)}",
            self.account,
            symbol,
            side,
            price_milli,
            lots,
            self.day,
        )
        answer = await self.counters.of(self.account).submit(command)
        return "" if answer.code else answer.order

    async def cancel(self, order: str) -> None:
        """One that was filled meanwhile is simply left."""
        command = CancelOrder(f"{CALLER}:{secrets.token_hex(12)}", self.account, order)
        await self.counters.of(self.account).submit(command)

    async def pay(self, amount_fen: int) -> bool:
        """In from the bank, or out to it where the amount is below zero; whether it was done."""
        move = pay_in if amount_fen > 0 else pay_out
        facts = (CALLER, secrets.token_hex(12), self.account, abs(amount_fen), self.passwords)
        try:
            transfer = await move(self.funding, *facts)
        except YunquanError as refused:
            logger.info("crowd's transfer refused", extra={"code": refused.code})
            return False
        return not transfer.code
