"""Words of exposure. Money in fen, prices in milli, quantities in shares, shares of a whole in
basis points (_bp, 1/10,000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

# Arrays of NumPy, whose own types say no more than this.
Numbers = Any


@dataclass(frozen=True, slots=True)
class Universe:
    """What is held, by place. returns: a row a day, oldest first, a column a symbol: by which
    fraction its price moved. proxied: days of a column that are the market's and not its own.
    betas: how it moves with the market. fall_bp: how far it may fall in a day, 0 for no limit.
    volumes: shares traded on an ordinary day, 0 where not known. units: shares that trade freely,
    0 where the venue doesn't say. sectors: index into sector_names.
    """

    symbols: tuple[str, ...]
    markets: tuple[str, ...]
    boards: tuple[str, ...]
    products: tuple[str, ...]
    sectors: Numbers
    sector_names: tuple[tuple[str, str, str], ...]
    closes: Numbers
    fall_bp: Numbers
    volumes: Numbers
    units: Numbers
    betas: Numbers
    returns: Numbers
    proxied: Numbers
    days: tuple[str, ...]

    @property
    def places(self) -> dict[str, int]:
        return {symbol: place for place, symbol in enumerate(self.symbols)}


@dataclass(frozen=True, slots=True)
class Book:
    """Holdings by client: those of client c are at starts[c] to starts[c + 1]. symbol: place in the
    universe. Only who holds something is in it.
    """

    clients: tuple[str, ...]
    starts: Numbers
    owner: Numbers
    symbol: Numbers
    qty: Numbers


@dataclass(frozen=True, slots=True)
class Valuation:
    """A book at prices. holding: fen of each; client: of each client; top: place of each client's
    largest holding among all; top_bp: its share of the client's securities.
    """

    holding: Numbers
    client: Numbers
    top: Numbers
    top_bp: Numbers

    @property
    def total(self) -> int:
        return int(self.client.sum())


class Scenario(msgspec.Struct, frozen=True):
    """A shock, as a dated row. what: "market" (each by its beta), "all" (each alike), "top" (each
    client's largest holding), "sector" (each client's largest sector), "rate" (bonds, by duration).
    shock_bp: of the price, or of the rate; days: how often in a row; by_limit: as far as its price
    limit lets it fall, shock_bp for what has none. durations: years by product, of a rate.
    """

    code: str
    what: str
    shock_bp: int
    days: int
    by_limit: bool
    effective_from: str
    source: str
    certainty: str
    zh: str
    en: str
    durations: dict[str, int] = {}


class Risk(msgspec.Struct, frozen=True):
    """What a book may lose in a day, by history. confidence_bp: 9,900 for 99 %. var_fen: no loss of
    more on so many of the days; shortfall_fen: mean of the days at least that bad; normal_fen: the
    same by the normal distribution. None where there are too few days.
    """

    confidence_bp: int
    var_fen: int | None
    shortfall_fen: int | None
    normal_fen: int | None


class Exceedance(msgspec.Struct, frozen=True):
    """A day on which more was lost than VaR had said."""

    day: str
    loss_fen: int
    var_fen: int


class VarTrial(msgspec.Struct, frozen=True):
    """How VaR did on past days 回溯检验. window: days each rests on; tried: days compared; beyond:
    exceedances; expected_tenths: of them, had the confidence been true. ratio: Kupiec's likelihood
    ratio; held: it doesn't contradict the confidence at 5 %. days: exceedances, newest first, the
    last 20.
    """

    confidence_bp: int
    window: int
    tried: int
    beyond: int
    expected_tenths: int
    ratio: float
    held: bool
    days: tuple[Exceedance, ...]


class StressLine(msgspec.Struct, frozen=True):
    """What a shock takes. worst_bp: most of any one client's securities; hit: clients who lose at
    least 20 %.
    """

    code: str
    loss_fen: int
    loss_bp: int
    worst_bp: int
    hit: int


class Part(msgspec.Struct, frozen=True):
    """A part of a whole by market, board or sector. code: its own; names in both languages, "" for
    one that has a text of its own.
    """

    code: str
    value_fen: int
    share_bp: int
    zh: str = ""
    en: str = ""


class HoldingLine(msgspec.Struct, frozen=True):
    """One security. of_units_bp: of what trades freely; days_to_sell: tenths of days at a fifth of
    its ordinary volume; None where the venue doesn't say. clients: who hold it.
    """

    symbol: str
    qty: int
    value_fen: int
    share_bp: int
    clients: int
    of_units_bp: int | None
    tenth_days: int | None


class ClientLine(msgspec.Struct, frozen=True):
    """A client among the firm's: account names whose; top_bp: share of the largest holding."""

    account: str
    value_fen: int
    top: str
    top_bp: int
    var_bp: int | None
    worst_bp: int


class Exposure(msgspec.Struct, frozen=True):
    """What a client, or all of them together, are exposed to. whose: an account, "" for all.
    days: on how many the history rests; proxied_bp: how much of it is the market's and not the
    securities' own. hhi_bp: sum of squared shares, 10,000 when everything is one security.
    """

    whose: str
    at_ms: int
    day: str
    clients: int
    value_fen: int
    cash_fen: int
    hhi_bp: int
    days: int
    proxied_bp: int
    unpriced: int
    markets: tuple[Part, ...]
    boards: tuple[Part, ...]
    sectors: tuple[Part, ...]
    holdings: tuple[HoldingLine, ...]
    risks: tuple[Risk, ...]
    stresses: tuple[StressLine, ...]
    by_value: tuple[ClientLine, ...] = ()
    by_risk: tuple[ClientLine, ...] = ()
    trials: tuple[VarTrial, ...] = ()


class Minute(msgspec.Struct, frozen=True):
    """The firm's exposure at a minute."""

    at_ms: int
    value_fen: int
    var_fen: int | None
    shortfall_fen: int | None
