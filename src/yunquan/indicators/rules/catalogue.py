"""The catalogue: every indicator of `indicators.toml`, in the order in which the kernel writes it.

`MEASURES` names the sums a family keeps per window; formulas are in their words. An indicator's
code is family.name.window; one that has no window ends in `now`. `x y` is x times y. What is
distinct is counted by 64 bits: whole numbers, right on average, a few too low now and then.
"""

from __future__ import annotations

import importlib.resources
import tomllib
from typing import Final

import msgspec

from yunquan.indicators.types import WINDOWS, Family, Indicator

# Sums of each family, in the order of its columns.
MEASURES: Final[dict[Family, tuple[str, ...]]] = {
    family: tuple(names.split())
    for family, names in {
        Family.ACCOUNT: (
            "orders order_amount order_amount_sq buy_amount cancels cancel_amount"
            " quick_cancels fills fill_amount fill_buy_amount refused gaps gap_s gap_s_sq"
            " cash_in cash_out cash_moves logins failed_logins matched_amount"
        ),
        Family.POSITION: (
            "orders order_amount buy_amount cancels cancel_buy_amount cancel_sell_amount"
            " quick_cancels fills fill_buy_qty fill_sell_qty fill_buy_amount"
            " fill_sell_amount matched_qty log_amount"
        ),
        Family.PAIR: "matches amount qty deviation_bp forward_amount",
        Family.DEVICE: "logins failed_logins orders order_amount cash_in cash_out",
        Family.GROUP: "orders order_amount buy_amount fills fill_amount fill_buy_amount cancels",
        Family.INSTRUMENT: (
            "quotes trades volume turnover return_sq spread_bp imbalance own_orders own_qty"
            " own_amount own_buy_amount"
        ),
    }.items()
}
# Sets whose members are counted by 64 bits each, and whose least and greatest are kept.
SETS: Final = 2
# What the table says of an indicator: name, windows, unit, formula, 中文, English.
Row = tuple[str, str, str, str, str, str]
OVER: Final[dict[str, tuple[str, ...]]] = {
    "all": tuple(one.code for one in WINDOWS),
    "long": ("m5", "h1", "d1"),
    "now": ("now",),
}


class _Told(msgspec.Struct, frozen=True):
    """A family's part of the table."""

    zh: str
    en: str
    owner: str
    indicators: tuple[Row, ...]


def _read_table() -> dict[Family, _Told]:
    file = importlib.resources.files("yunquan.indicators.rules") / "indicators.toml"
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    return {family: msgspec.convert(found[family.name.lower()], _Told) for family in Family}


_TABLE: Final = _read_table()
FAMILY_NAMES: Final[dict[Family, tuple[str, str, str]]] = {
    family: (family.name.lower(), told.zh, told.en) for family, told in _TABLE.items()
}


def make_catalogue() -> tuple[Indicator, ...]:
    """All of them. Within a family: those of every window, window by window; then those of the long
    ones, window by window; then those of now.
    """
    made = list[Indicator]()
    spoken = {one.code: (one.zh, one.en) for one in WINDOWS} | {"now": ("此刻", "now")}
    for family, told in _TABLE.items():
        name = family.name.lower()
        for windows, codes in OVER.items():
            for window in codes:
                for code, over, unit, formula, zh, en in told.indicators:
                    if over != windows:
                        continue
                    window_zh, window_en = spoken[window]
                    made.append(
                        Indicator(
                            len(made),
                            f"{name}.{code}.{window}",
                            family,
                            window,
                            unit,
                            formula,
                            f"{told.zh}{window_zh}{zh}",
                            f"{en} of {told.en.lower()}, {window_en}",
                            told.owner,
                            zh,
                            en,
                        )
                    )
    return tuple(made)


CATALOGUE: Final = make_catalogue()
PLACES: Final = {one.code: one.place for one in CATALOGUE}
BEGINS: Final = {
    family: min(one.place for one in CATALOGUE if one.family is family) for family in Family
}
