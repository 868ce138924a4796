"""What suitability asks of rooms above it: closes of the day end, first trades, the counters."""

from __future__ import annotations

from yunquan import clients
from yunquan.clearing import load_days
from yunquan.clients.types import CashKind, ClientId
from yunquan.counter import Counters
from yunquan.counter.types import GrantPermission
from yunquan.history import first_fill_day
from yunquan.kernel.transaction import ReadTx
from yunquan.market import load_calendar
from yunquan.suitability.types import AverageAssets

EARLIEST = "1990-12-19"
# Money borrowed for margin would count in a credit account's assets.
COUNTED = (CashKind.ORDINARY, CashKind.AUXILIARY)


class DayEndAssets:
    """Assets at past closes, as the day ends wrote them down."""

    def average_before(self, tx: ReadTx, client: str, day: str, days: int) -> AverageAssets:
        """Cash and securities at the closes of the last trading days before a day, over `days`,
        rounded down to the fen; a day without an account counts as nothing.
        """
        closes = [one for one in load_calendar(tx).between(EARLIEST, day) if one < day][-days:]
        if not closes:
            return AverageAssets(0, 0)
        owned: dict[str, int] = {}
        for account in clients.load_accounts(tx, ClientId(client)).cash:
            if account.kind in COUNTED and account.currency == "CNY":
                for row in load_days(tx, account.number, closes[0], closes[-1]):
                    owned[row.day] = owned.get(row.day, 0) + row.closing + row.value
        return AverageAssets(sum(owned.values()) // days, len(owned))


class OwnTrades:
    """First trades by our own records."""

    def first_trade(self, tx: ReadTx, client: str) -> str:
        """The day of a client's first execution; "" for none."""
        accounts = clients.account_numbers(tx, ClientId(client))
        found = [first_fill_day(tx, account) for account in accounts]
        return min((day for day in found if day), default="")


class CounterPermissions:
    """Grants at the counter that has the account."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    async def grant(self, command: str, account: str, permission: str, basis: str) -> str:
        """Why not, "" if it did."""
        asked = GrantPermission(command, account, permission, basis)
        return (await self._counters.of(account).submit(asked)).code
