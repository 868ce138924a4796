"""Everything that is told of a client's days, compared with the plain books. A difference names
client, day, figure, and both values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.proofs import plain_profits as plain
from tests.proofs.month import FIRM, Month
from tests.proofs.month_market import KINDS
from tests.proofs.plain_books import Client
from yunquan.actions import store as lots_of
from yunquan.clearing import load_days, load_positions
from yunquan.counter.types import AskAccount
from yunquan.kernel.money import fen_to_text, milli_to_text, signed_fen
from yunquan.statements.rules.costs import METHODS
from yunquan.statements.service.clear import clear_money, first_day_of

COLUMNS = ("opening", *plain.ROW, "commission", "trades", "value")


@dataclass
class Differences:
    """found: a line each. compared: how many figures were."""

    found: list[str] = field(default_factory=list)
    compared: int = 0

    def same(self, client: str, day: str, figure: str, expected: Any, told: Any) -> None:
        self.compared += 1
        if expected != told:
            self.found.append(
                f"{client} {day} {figure}: {expected} by the plain books, {told} told"
            )

    def same_all(
        self, client: str, day: str, figure: str, expected: dict[Any, Any], told: dict[Any, Any]
    ) -> None:
        """Each entry of both."""
        for name in sorted({*expected, *told}, key=str):
            self.same(client, day, f"{figure} {name}", expected.get(name), told.get(name))


def check_now(month: Month, differences: Differences) -> None:
    """The counter's views and the lines of /assets, as things stand."""
    for name, one in month.books.clients.items():
        view = month.run(month.funding.counters.of(name).ask(AskAccount(name, 0)))
        cash = (view.cash.available, view.cash.settling, view.cash.frozen, view.cash.held)
        differences.same(name, month.books.day, "counter cash", tuple(one.cash), cash)
        shares = {
            row.asset: (row.available, row.settling, row.frozen, row.held)
            for row in view.positions
            if row.owned
        }
        expected = {symbol: tuple(four) for symbol, four in one.shares.items() if any(four)}
        differences.same_all(name, month.books.day, "counter shares", expected, shares)
        _check_lines(month, name, one, differences)


def _check_lines(month: Month, name: str, one: Client, differences: Differences) -> None:
    told: dict[str, Any] = {}
    for line in month.run(month.custody.cash(name, "en")):
        if line.kind in ("coming_in", "going_out"):
            told.setdefault(line.kind, []).append(line.amount)
        else:
            told[line.kind] = line.amount
    expected = {
        kind: sorted(map(fen_to_text, fen)) if isinstance(fen, list) else fen_to_text(fen)
        for kind, fen in plain.cash_lines(one).items()
    }
    told = {k: sorted(v) if isinstance(v, list) else v for k, v in told.items()}
    differences.same_all(name, month.books.day, "assets", expected, told)


def check_cleared(month: Month, day: str, differences: Differences) -> None:
    """The day as clearing wrote it down, with positions and tax lots."""
    books = month.books
    with month.database.read() as tx:
        lots = lots_of.load_lots(tx, month.names)
        for name, one in books.clients.items():
            rows = load_days(tx, name, day, day)
            held = load_positions(tx, name, day)
            expected = plain.account_day(books, one, day)
            if not rows:
                differences.same(name, day, "row of clearing", expected, "none")
                continue
            row = rows[0]
            for figure in COLUMNS:
                differences.same(
                    name, day, f"clearing {figure}", expected[figure], getattr(row, figure)
                )
            buckets = (row.available, row.settling, row.frozen, row.held)
            differences.same(name, day, "clearing cash", expected["buckets"], buckets)
            told = {p.symbol: (p.available, p.settling, p.frozen, p.held) for p in held}
            there = one.closing[day][1].items()
            shares = {symbol: tuple(four) for symbol, four in there if any(four)}
            differences.same_all(name, day, "clearing shares", shares, told)
            kept = {
                symbol: [
                    (lot.acquired, lot.quantity) for lot in lots.get((name, symbol), ("", ()))[1]
                ]
                for symbol in KINDS
            }
            ours = {symbol: _merged(one.lots.get(symbol, [])) for symbol in KINDS}
            told_lots = {symbol: _merged(found) for symbol, found in kept.items()}
            differences.same_all(name, day, "tax lots", ours, told_lots)


def _merged(lots: Any) -> list[tuple[str, int]]:
    """Shares by the day they came, in order."""
    found: dict[str, int] = {}
    for lot in lots:
        found[lot[0]] = found.get(lot[0], 0) + lot[1]
    return sorted(found.items())


def check_statements(month: Month, periods: list[str], differences: Differences) -> None:
    """Statements of days and months, figure by figure."""
    for name, one in month.books.clients.items():
        for period in periods:
            first, last = (
                (period, period) if len(period) == 10 else (f"{period}-01", f"{period}-31")
            )
            said = month.run(month.statements.figures(name, period))
            days = [day for day in month.books.closes if day <= last]
            going_on = last >= month.books.day
            prices = month.market.last if going_on else month.books.closes[max(days)]
            expected = plain.statement(month.books, one, first, last, prices)
            told = {
                "opening": said.opening,
                "closing": said.closing,
                "sums": {kind: fen for kind, fen in said.sums.items() if fen},
                "fills": len(said.fills),
                "realised": said.realised,
                "holdings": {
                    row.symbol: (row.buckets, row.price, row.cost, row.realised)
                    for row in said.holdings
                },
            }
            for figure in ("sums", "holdings"):
                both = expected.pop(figure), told.pop(figure)
                differences.same_all(name, period, f"statement {figure}", *both)
            differences.same_all(name, period, "statement", expected, told)


def check_profits(month: Month, differences: Differences) -> None:
    """Positions by every method, with cost, value and profit, at the prices of now."""
    last = month.market.last
    for name, one in month.books.clients.items():
        for method in METHODS:
            told = {
                row.symbol: (row.qty, row.cost, row.value, row.unrealised, row.realised)
                for row in month.run(month.statements.positions(name, method, "en"))
            }
            expected = {}
            for symbol, (qty, cost, profit, unknown) in plain.reckon(one, method).items():
                if not qty and not profit:
                    continue
                known = qty > 0 and not unknown
                value = plain.worth_of(last[symbol], qty)
                expected[symbol] = (
                    qty,
                    milli_to_text((cost * 10 + qty // 2) // qty) if known else None,
                    fen_to_text(value),
                    fen_to_text(value - cost) if known else None,
                    fen_to_text(profit),
                )
            figure = f"{method} (shares, cost, value, unrealised, realised)"
            differences.same_all(name, month.books.day, figure, expected, told)


def check_assets(month: Month, differences: Differences) -> None:
    """The figures of /assets: all together, and each position with its cost and profit."""
    day, last = month.books.day, month.market.last
    for name, one in month.books.clients.items():
        page = month.run(month.accounts.assets(name, "en"))
        held = {symbol: sum(four) for symbol, four in one.shares.items() if any(four)}
        value = sum(plain.worth_of(last[symbol], qty) for symbol, qty in held.items())
        whole = {"cash": sum(one.cash), "market_value": value, "total": sum(one.cash) + value}
        for figure, fen in whole.items():
            told = getattr(page, figure)
            differences.same(name, day, f"assets {figure}", fen_to_text(fen), told)
        costs, expected = plain.reckon(one, "moving"), {}
        for symbol, qty in held.items():
            _, cost, _, unknown = costs[symbol]
            worth = plain.worth_of(last[symbol], qty)
            average = milli_to_text((cost * 20 + qty) // (2 * qty))
            known = (average, signed_fen(worth - cost)) if not unknown else (None, None)
            expected[symbol] = (qty, one.shares[symbol][0], fen_to_text(worth), *known)
        told_all = {
            row.symbol: (row.qty, row.sellable, row.value, row.cost, row.profit)
            for row in page.positions
            if row.qty
        }
        figure = "assets (shares, sellable, value, cost, profit)"
        differences.same_all(name, day, figure, expected, told_all)


def check_clear_money(month: Month, differences: Differences) -> None:
    """The clear-money page: what was earned, what selling brings, what each order cost."""
    day, last = month.books.day, month.market.last
    for name, one in month.books.clients.items():
        page = month.run(clear_money(month.statements, name, "en"))
        for period in page.earned:
            first = first_day_of(period.period, day)
            expected = plain.earned(month.books, one, first, last)
            for figure, fen in expected.items():
                told = getattr(period.total, figure)
                differences.same(
                    name, day, f"earned {period.period} {figure}", fen_to_text(fen), told
                )
        for line in page.sales:
            by_price = plain.sale(
                month.books, one, line.symbol, plain.worth_of(last[line.symbol], line.qty)
            )
            for figure, fen in by_price.items():
                told = getattr(line, figure)
                differences.same(
                    name, day, f"selling {line.symbol} {figure}", fen_to_text(fen), told
                )
        cash = [row.amount for row in page.cash]
        settled, *rest = one.cash
        expected_cash = [settled, *(fen for fen in rest if fen)]
        differences.same(name, day, "clear cash", list(map(fen_to_text, expected_cash)), cash)
        for row in page.orders:
            order = one.orders[row.order]
            parts = (order.commission, order.stamp, order.transfer)
            told_parts = (row.commission, row.stamp, row.transfer_fee)
            differences.same(
                name, day, f"fees of {row.order}", tuple(map(fen_to_text, parts)), told_parts
            )


def check_firm(month: Month, differences: Differences) -> None:
    """What the firm's own accounts and the banks hold is what clients paid and own."""
    books, desk = month.books, month.desk
    everyone = books.clients.values()
    orders = [order for one in everyone for order in one.orders.values()]
    houses = {
        "tax:stamp": sum(order.stamp for order in orders),
        "depository:transfer_fee": sum(order.transfer for order in orders),
        "tax:dividend": -sum(
            fen for one in everyone for _, kind, fen in one.kept if kind == "dividend_tax"
        ),
    }
    for house, fen in houses.items():
        differences.same("firm", books.day, house, fen, desk.house(house))
    for name, fen in month.bank_fen.items():
        bank = month.banks[month.bank_of(name)]
        differences.same(
            name, books.day, "bank account", fen, bank.vault.balance_fen(f"6222{name}")
        )
    for code, bank in month.banks.items():
        own = sum(
            fen
            for name, one in books.clients.items()
            for _, kind, fen in one.kept
            if kind in ("deposit", "withdrawal") and month.bank_of(name) == code
        )
        differences.same(
            "firm", books.day, f"clients' money at {code}", own, bank.vault.custody_fen(FIRM)
        )
