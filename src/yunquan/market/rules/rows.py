"""Rule rows: parsed from the dated table beside this file, looked up by trading day, never
defaulted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from itertools import product as cross
from typing import Any, Final

from yunquan.market.types import FUND_PRODUCTS, Phase, RuleRow, RuleValue

_FOREVER: Final = "9999-12-31"
_FLAGS: Final = {"orders", "cancels", "matches"}
_CERTAINTIES: Final = {"V", "KH", "KM", "KL", "F"}
# A risk-warned share follows the rule of every share unless it has one of its own; so does each
# kind of fund follow the plain exchange-traded one.
FALLBACK: Final = {"stock_st": "stock"} | {
    product: "etf" for product in FUND_PRODUCTS if product != "etf"
}

Key = tuple[str, str, str, str]


class RuleMissing(LookupError):
    """No row is in force: the table has a hole, and no value is guessed in its place."""


class RuleBook:
    """All rows. Two operative rows of one rule and product on the same day are refused when it is
    built.
    """

    def __init__(self, rows: Iterable[RuleRow]) -> None:
        self.rows = tuple(rows)
        self._by_key: dict[Key, list[RuleRow]] = {}
        for row in self.rows:
            if row.operative:
                key = (row.rule, row.market, row.board, row.product)
                self._by_key.setdefault(key, []).append(row)
        for key, found in self._by_key.items():
            found.sort(key=lambda row: row.effective_from)
            for earlier, later in pairwise(found):
                if later.effective_from < (earlier.effective_to or _FOREVER):
                    raise ValueError(f"two rows of {key} are in force on {later.effective_from}")

    def row(
        self, rule: str, market: str, board: str, product: str, trading_day: str
    ) -> RuleRow | None:
        """The operative row in force on the day, or None."""
        for row in reversed(self._by_key.get((rule, market, board, product), ())):
            if row.effective_from <= trading_day < (row.effective_to or _FOREVER):
                return row
        return None

    def on(self, trading_day: str) -> DayRules:
        """The rules of one trading day ("YYYY-MM-DD")."""
        return DayRules(self, trading_day)


class DayRules:
    """The rules in force on one trading day."""

    def __init__(self, book: RuleBook, trading_day: str) -> None:
        self.book = book
        self.trading_day = trading_day

    def of(self, market: str, board: str, product: str) -> ProductRules:
        """The rules of one product."""
        return ProductRules(self, market, board, product)

    def row(self, rule: str, market: str, board: str, product: str) -> RuleRow | None:
        """The row in force: the product's own, else that of the product it follows, else None."""
        wanted: str | None = product
        while wanted is not None:
            row = self.book.row(rule, market, board, wanted, self.trading_day)
            if row is not None:
                return row
            wanted = FALLBACK.get(wanted)
        return None

    def find(self, rule: str, market: str, board: str, product: str) -> RuleValue | None:
        """The value, or None where the rule has no row: for rules that a product may simply not
        have.
        """
        row = self.row(rule, market, board, product)
        return None if row is None else row.value

    def optional(self, rule: str, market: str, board: str, product: str) -> int:
        """The value of a rule that a product may not have, then 0. Raises RuleMissing when it is
        no number.
        """
        value = self.find(rule, market, board, product)
        if value is None:
            return 0
        if not isinstance(value, int):
            raise RuleMissing(f"{rule} of {market}/{board}/{product} on {self.trading_day}")
        return value

    def number(self, rule: str, market: str, board: str, product: str) -> int:
        """The value of a rule that is a number. Raises RuleMissing."""
        value = self.find(rule, market, board, product)
        if not isinstance(value, int):
            raise RuleMissing(f"{rule} of {market}/{board}/{product} on {self.trading_day}")
        return value

    def phases(self, rule: str, market: str, board: str, product: str) -> tuple[Phase, ...]:
        """The value of a rule that is a list of phases. Raises RuleMissing."""
        value = self.find(rule, market, board, product)
        if not isinstance(value, tuple):
            raise RuleMissing(f"{rule} of {market}/{board}/{product} on {self.trading_day}")
        return value

    def spans(self, rule: str, market: str, board: str, product: str) -> tuple[Phase, ...]:
        """The phases of a rule that a product may not have, then none."""
        value = self.find(rule, market, board, product)
        return value if isinstance(value, tuple) else ()

    def text(self, rule: str, market: str, board: str, product: str) -> str:
        """The value of a rule that is a word, or "" where there is no row."""
        value = self.find(rule, market, board, product)
        return value if isinstance(value, str) else ""

    def words(self, rule: str, market: str, board: str, product: str) -> list[str]:
        """The value of a rule that is a list of words, [] where there is no row."""
        return self.text(rule, market, board, product).split()


class ProductRules:
    """The rules of one product on one day: what DayRules answers, its place said once."""

    def __init__(self, rules: DayRules, market: str, board: str, product: str) -> None:
        self.day = rules
        self.place = (market, board, product)

    def number(self, rule: str) -> int:
        return self.day.number(rule, *self.place)

    def optional(self, rule: str) -> int:
        return self.day.optional(rule, *self.place)

    def text(self, rule: str) -> str:
        return self.day.text(rule, *self.place)

    def words(self, rule: str) -> list[str]:
        return self.day.words(rule, *self.place)

    def spans(self, rule: str) -> tuple[Phase, ...]:
        return self.day.spans(rule, *self.place)


def parse_rules(*texts: str) -> RuleBook:
    """The book written in TOML: `[[row]]` with `on` = ["SH/main", ...]. Raises ValueError naming
    the row.
    """
    rows: list[RuleRow] = []
    for text in texts:
        for index, entry in enumerate(tomllib.loads(text)["row"]):
            try:
                rows.extend(_expand(entry))
            except (KeyError, ValueError, TypeError) as error:
                raise ValueError(f"rule row {index + 1} ({entry.get('rule')}): {error}") from error
    return RuleBook(rows)


def _expand(entry: dict[str, Any]) -> Iterable[RuleRow]:
    for name in ("effective_from", "effective_to", "enacted_on"):
        if text := entry.get(name, ""):
            date.fromisoformat(text)
    if entry["certainty"] not in _CERTAINTIES or not entry["source"]:
        raise ValueError("needs a source and a known certainty")
    if entry.get("effective_to", _FOREVER) <= entry["effective_from"]:
        raise ValueError("ends before it begins")
    raw = entry["value"]
    simple = isinstance(raw, int | str)
    value: RuleValue = raw if simple else tuple(_phase(span) for span in raw)
    of = entry.get("product", "stock")
    products = [of] if isinstance(of, str) else of
    for place, product in cross(entry["on"], products):
        market, _, board = place.partition("/")
        yield RuleRow(
            market=market,
            board=board,
            product=product,
            rule=entry["rule"],
            value=value,
            enacted_on=entry.get("enacted_on", ""),
            effective_from=entry["effective_from"],
            effective_to=entry.get("effective_to", ""),
            operative=entry.get("operative", True),
            source=entry["source"],
            certainty=entry["certainty"],
        )


def _phase(span: list[str]) -> Phase:
    start, end, name, flags = span
    words = set(flags.split())
    if not words <= _FLAGS:
        raise ValueError(f"unknown flag in {flags!r}")
    kind = "after_hours" if name.startswith("after_hours") else "auction" if words else ""
    return Phase(
        name=name,
        kind=kind,
        start_s=_seconds(start),
        end_s=_seconds(end),
        accepts_orders="orders" in words,
        accepts_cancels="cancels" in words,
        matches="matches" in words,
    )


def _seconds(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 3600 + int(minute) * 60
