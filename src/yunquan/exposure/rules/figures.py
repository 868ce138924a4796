"""What of a book is measured against dated lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from yunquan.exposure.rules.book import WHOLE_BP, by_group, shares_bp
from yunquan.exposure.rules.picture import least_worth, tenth_days
from yunquan.exposure.types import Book, Exposure, Numbers, Universe, Valuation
from yunquan.thresholds.types import Measured, Watch

ALL: Final = "all"
ALWAYS: Final = (
    "firm_top",
    "firm_units",
    "firm_stress",
    "client_top",
    "client_units",
    "client_sell",
    "warned_cap",
)
VALUE: Final = "exposure_value"


def names_measured(exposure: Exposure) -> list[str]:
    """Figures that are known now; those of history only where there are days enough."""
    return [*ALWAYS, "firm_var"] if exposure.risks[-1].var_fen is not None else list(ALWAYS)


def firm_figures(exposure: Exposure, least_fen: int) -> list[Measured]:
    """Of everything clients hold together, once it is worth so much: of a few shares some one is
    always far too large a part.
    """
    if exposure.value_fen < least_fen:
        return []
    found = [Measured("firm_stress", ALL, least_worth(exposure.stresses) / WHOLE_BP)]
    if exposure.holdings:
        top = exposure.holdings[0]
        beside: dict[str, float] = {VALUE: top.value_fen}
        share = top.share_bp / WHOLE_BP
        found.append(Measured("firm_top", top.symbol, share, "", top.symbol, beside=beside))
    at_risk = exposure.risks[-1].var_fen
    if at_risk is not None and exposure.value_fen > 0:
        told: dict[str, float] = {VALUE: exposure.value_fen, "exposure_days": exposure.days}
        share_bp = at_risk * WHOLE_BP // exposure.value_fen
        found.append(Measured("firm_var", ALL, share_bp / WHOLE_BP, beside=told))
    return found


def unit_figures(
    universe: Universe, book: Book, lines: Mapping[str, Sequence[Watch]]
) -> list[Measured]:
    """Of what trades freely, how much all clients have together, and each of them."""
    found = list[Measured]()
    shares = by_group(book.qty, book.symbol, len(universe.symbols))
    of_all = shares_bp(shares, universe.units)
    for place in np.flatnonzero(of_all >= least(lines, "firm_units")):
        symbol = universe.symbols[place]
        share = int(of_all[place]) / WHOLE_BP
        found.append(Measured("firm_units", symbol, share, symbol=symbol))
    of_each = shares_bp(book.qty, universe.units[book.symbol])
    for at in np.flatnonzero(of_each >= least(lines, "client_units")):
        symbol, account = universe.symbols[int(book.symbol[at])], book.clients[int(book.owner[at])]
        share, about = int(of_each[at]) / WHOLE_BP, f"{account} {symbol}"
        found.append(Measured("client_units", about, share, account, symbol))
    return found


def client_figures(
    universe: Universe,
    book: Book,
    now: Valuation,
    lines: Mapping[str, Sequence[Watch]],
    least_fen: int,
) -> list[Measured]:
    """Of each client whose securities are worth so much: what hangs on one of them, and how long
    it takes to sell the largest.
    """
    found = list[Measured]()
    large = now.client >= least_fen
    held = book.qty[now.top] if len(now.top) else now.top
    places = book.symbol[now.top] if len(now.top) else now.top
    days = np.where(universe.volumes[places] > 0, tenth_days(held, universe.volumes[places]), 0)
    told: tuple[tuple[str, Numbers, int], ...] = (
        ("client_top", now.top_bp, WHOLE_BP),
        ("client_sell", days, 10),
    )
    for name, values, whole in told:
        for one in np.flatnonzero(large & (values >= least(lines, name, whole))):
            account, symbol = book.clients[one], universe.symbols[int(places[one])]
            beside = {VALUE: float(now.client[one])}
            value = int(values[one]) / whole
            found.append(Measured(name, account, value, account, symbol, beside=beside))
    return found


def least(lines: Mapping[str, Sequence[Watch]], name: str, whole: int = WHOLE_BP) -> float:
    """From which value on it is worth comparing: where the lowest line ends."""
    return min((one.ends for one in lines.get(name, ())), default=float("inf")) * whole
