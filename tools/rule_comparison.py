"""Our rules of the market beside marina-rules, over every date on which either changes.

`cells` compares every record of that package with what our rows come to; `page` writes the outcome
for docs/rules-compared.md. Differences need an explanation here, or the tests fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import marina_rules

from yunquan.market import load_rule_book
from yunquan.market.rules import DayRules, RuleBook, RuleMissing, limits_on
from yunquan.market.types import UNLIMITED_UP_MILLI, Instrument, Phase

FOREVER: Final = "9999-12-31"
MARKETS: Final = {"XSHG": "SH", "XSHE": "SZ", "BJSE": "BJ"}
# Far above any tick, so that rounding hides nothing.
REFERENCE_MILLI: Final = 10_000_000
Place = tuple[str, str, str]
Days = dict[str, int]
SHARES: Final = (
    ("SH", "main", "stock"),
    ("SH", "star", "stock"),
    ("SZ", "main", "stock"),
    ("SZ", "chinext", "stock"),
)
FUNDS: Final = (("SH", "fund", "etf"), ("SZ", "fund", "etf"))
MAIN: Final = (("SH", "main", "stock"), ("SZ", "main", "stock"))


def funds(product: str) -> tuple[Place, ...]:
    return tuple((market, board, product) for market, board, _ in FUNDS)


def bonds(product: str) -> tuple[Place, ...]:
    return (("SH", "bond", product), ("SZ", "bond", product))


# Their scope -> our places, and the day of listing or delisting it speaks of.
SCOPES: Final[dict[str, tuple[tuple[Place, ...], Days]]] = {
    "stock": (SHARES, {}),
    "main_board": (MAIN, {}),
    "st_main": ((("SH", "main", "stock_st"), ("SZ", "main", "stock_st")), {}),
    "chinext": ((("SZ", "chinext", "stock"),), {}),
    "st_chinext": ((("SZ", "chinext", "stock_st"),), {}),
    "star": ((("SH", "star", "stock"),), {}),
    "st_star": ((("SH", "star", "stock_st"),), {}),
    "bse": ((("BJ", "bse", "stock"),), {}),
    "st_bse": ((("BJ", "bse", "stock_st"),), {}),
    "ipo_day1_main": (MAIN, {"listing_day": 1}),
    "ipo_first5_main": (MAIN, {"listing_day": 5}),
    "ipo_first5_chinext": ((("SZ", "chinext", "stock"),), {"listing_day": 5}),
    "ipo_first5_star": ((("SH", "star", "stock"),), {"listing_day": 5}),
    "ipo_day1_bse": ((("BJ", "bse", "stock"),), {"listing_day": 1}),
    "delisting": (MAIN, {"delisting_day": 2}),
    "delisting_day1": ((*MAIN, ("SZ", "chinext", "stock")), {"delisting_day": 1}),
    "delisting_chinext": ((("SZ", "chinext", "stock"),), {"delisting_day": 2}),
    "delisting_star": ((("SH", "star", "stock"),), {"delisting_day": 2}),
    "delisting_day1_star": ((("SH", "star", "stock"),), {"delisting_day": 1}),
    "delisting_bse": ((("BJ", "bse", "stock"),), {"delisting_day": 2}),
    "delisting_day1_bse": ((("BJ", "bse", "stock"),), {"delisting_day": 1}),
    "etf": (FUNDS, {}),
    "etf_20pct": (funds("etf_wide"), {}),
    "etf_bond": (funds("etf_bond"), {}),
    "etf_money": (funds("etf_money"), {}),
    "etf_gold": (funds("etf_gold"), {}),
    "etf_commodity": (funds("etf_commodity"), {}),
    "etf_crossborder": (funds("etf_cross_border"), {}),
    "reits": (funds("reit"), {}),
    "reits_day1": (funds("reit"), {"listing_day": 1}),
    "convertible": (bonds("convertible"), {}),
    "convertible_day1": (bonds("convertible"), {"listing_day": 1}),
}
# B-shares aren't traded here.
LEFT_OUT: Final = ("b_share", "st_b_share")

# (their rule, their scope) -> why ours is another, in Chinese and English.
EXPLAINED: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("price_limit_pct", "etf"): (
        "基金最小变动价位在 2003-03-03 之前没有来源，我们没有该行，因此不给出涨跌停价。",
        "A fund's tick before 2003-03-03 has no source; without the row we give no limit price.",
    ),
    ("price_limit_pct", "ipo_day1_main"): (
        "注册制后其数据改列“前五日”范围；我们在同一行回答首日。",
        "After registration they answer under the first five days; ours answers the first of them.",
    ),
    ("price_limit_pct", "ipo_first5_main"): (
        "注册制前第五日没有豁免，我们给出普通涨跌幅；其数据只有注册制后的记录。",
        "Before registration the fifth day was an ordinary one, as ours says; they have no record.",
    ),
    ("price_limit_pct", "ipo_first5_chinext"): (
        "同上，创业板为 2020-08-24 之前。",
        "The same for ChiNext before 2020-08-24.",
    ),
    ("price_limit_pct", "delisting_day1"): (
        "其 G-0012、G-0017 为未知区间；我们没有首日豁免的行，按当时板块幅度处理。",
        "Their gaps G-0012 and G-0017; with no row of a free day ours is the board's own limit.",
    ),
    ("price_limit_pct", "delisting_chinext"): (
        "其 2012-12-17 之前和 G-0016 为未知区间；我们按当时创业板幅度处理。",
        "Unknown to them before 2012-12-17 and in G-0016; ours is the board's own limit then.",
    ),
    ("price_limit_pct", "delisting"): (
        "其 2012-12-17（沪市 2013-01-01）之前未知（G-0010）；我们按当时主板幅度处理。",
        "Unknown to them before the period existed (G-0010); ours is the board's own limit then.",
    ),
    ("price_limit_pct", "reits"): (
        "2021-01-29 之前没有公募 REITs；我们此前按普通基金回答，没有证券会用到。",
        "No REIT existed before 2021-01-29; ours then answers as for any fund, about nothing.",
    ),
    ("price_limit_pct", "reits_day1"): (
        "同上。",
        "As above.",
    ),
    ("price_limit_pct", "etf_20pct"): (
        "该规则之前没有此类基金（其 G-0003）；我们此前按普通基金回答，没有证券会用到。",
        "No such fund existed before (their G-0003); until then ours answers as for any fund.",
    ),
    ("price_limit_pct", "st_main"): (
        "1998-04-22 之前没有风险警示制度，我们此前按普通股票回答，没有证券会用到。",
        "No share was risk-warned before 1998-04-22; until then ours answers as for any share.",
    ),
    ("tick_size", "stock"): (
        "其 G-0005：2006 年之前没有官方文本；我们的行标为 KH（0.01 元是唯一用过的值）。",
        "Their gap G-0005: no official text before 2006. Ours is KH: no other tick was used.",
    ),
    ("tick_size", "etf"): (
        "2006 年之前没有官方文本；我们的行标为 KM（2003-03-03 起 0.001 元）。",
        "No official text before 2006. Ours is marked KM: 0.001 CNY since 2003-03-03.",
    ),
    ("limit_price_min_tick", "delisting"): (
        "沪市风险警示板 2013—2023 年前收盘价不高于 0.05 元时“±0.01 元”的规定未录入，只涉及历史；"
        "此后其数据由一般范围回答，与我们一致。",
        "Shanghai's absolute band of 0.01 CNY for closes up to 0.05, from 2013 to 2023, isn't "
        "entered: history only. After it their general record answers, and agrees.",
    ),
    ("limit_price_min_tick", "delisting_day1"): (
        "同上。",
        "As above.",
    ),
}
# First days of the boards that came late: before them a place had no rules to compare.
BORN: Final = {"star": "2019-07-22", "chinext": "2009-10-30"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Their record and ours over a span of days. to: first day no longer in it, "" open. theirs,
    ours: values in their units, "" for none.
    """

    rule: str
    scope: str
    place: Place
    frm: str
    to: str
    theirs: str
    ours: str

    @property
    def verdict(self) -> str:
        """agree, differ, ours (they have no record) or theirs (we have no row)."""
        if self.theirs and self.ours:
            return "agree" if self.theirs == self.ours else "differ"
        return "ours" if self.ours else "theirs"


# --- both sides' values, in one spelling ----------------------------------------------------------


def percent(up: float, down: float) -> str:
    """Limits as both spell them."""
    return f"+{up * 100:g}% / -{down * 100:g}%"


def their_value(value: Any) -> str:
    """A record's value; floats are only ever printed."""
    if isinstance(value, dict):
        if "up" in value:
            return percent(value["up"], value["down"])
        if "continuous" in value:
            close = value["close_call"] or ["none"]
            spans = [value["open_call"], *value["continuous"], close]
            return ", ".join("-".join(span) for span in spans)
        return ", ".join(f"{name} {part}" for name, part in sorted(value.items()))
    return f"{value:g}" if isinstance(value, float) else str(value)


def their_limit(value: Any) -> str:
    """A limit given as one number is the same both ways."""
    return percent(value, value) if isinstance(value, float) else their_value(value)


def our_limit(book: RuleBook, day: str, place: Place, days: Days) -> str:
    """The limits that our rows come to, of a close or an issue price."""
    market, board, product = place
    name = "stock" if product == "stock_st" else product
    warned = product == "stock_st"
    of = Instrument("000000", market, board, "", "", product=name, risk_warned=warned)
    up, down = limits_on(book, of, REFERENCE_MILLI, day, **days)
    if up == UNLIMITED_UP_MILLI:
        return "unlimited"
    return percent(up / REFERENCE_MILLI - 1, 1 - down / REFERENCE_MILLI)


def our_session(rules: DayRules, place: Place) -> str:
    """Opening call, continuous spans, closing call."""
    session = rules.phases("session", *place)
    call = [phase for phase in session if phase.name.startswith("opening_call")]
    spans = [(call[0].start_s, call[-1].end_s)]
    spans += [(phase.start_s, phase.end_s) for phase in session if phase.matches]
    written = ["-".join(map(hour_text, span)) for span in spans]
    return ", ".join([*written, closing(session)])


def closing(session: tuple[Phase, ...]) -> str:
    found = [phase for phase in session if phase.name == "closing_call"]
    return f"{hour_text(found[0].start_s)}-{hour_text(found[0].end_s)}" if found else "none"


def hour_text(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"


def number(rule: str, unit: int) -> Callable[[RuleBook, str, Place, Days], str]:
    """Our row of a rule in their unit: so many of ours are one of theirs."""

    def read(book: RuleBook, day: str, place: Place, _: Days) -> str:
        return f"{book.on(day).number(rule, *place) / unit:g}"

    return read


def session(book: RuleBook, day: str, place: Place, _: Days) -> str:
    return our_session(book.on(day), place)


def holding(book: RuleBook, day: str, place: Place, _: Days) -> str:
    return "0" if book.on(day).optional("t0", *place) else "1"


def least_tick(book: RuleBook, day: str, place: Place, _: Days) -> str:
    # They have no record where there is no such floor.
    return "True" if book.on(day).number("limit_least_ticks", *place) else ""


Reader = Callable[[RuleBook, str, Place, Days], str]
# Their rule -> (our rows that bear on it, our value, their value's spelling).
RULES: Final[dict[str, tuple[tuple[str, ...], Reader, Callable[[Any], str]]]] = {
    "price_limit_pct": (
        (
            "price_limit_bp",
            "no_limit_days",
            "first_day_up_bp",
            "delisting_limit_bp",
            "delisting_free_days",
            "tick_milli",
            "limit_least_ticks",
        ),
        our_limit,
        their_limit,
    ),
    "price_limit_pct_of_issue_price": (
        ("price_limit_bp", "first_day_up_bp"),
        our_limit,
        their_limit,
    ),
    "tick_size": (("tick_milli",), number("tick_milli", 1000), their_value),
    "limit_price_min_tick": (("limit_least_ticks",), least_tick, their_value),
    "min_holding_days": (("t0",), holding, their_value),
    "session_schedule": (("session",), session, their_value),
    "stamp_duty_sell": (("stamp_sell_e8",), number("stamp_sell_e8", 10**8), their_value),
    "transfer_fee_each_side": (("transfer_e8",), number("transfer_e8", 10**8), their_value),
    "commission_cap": (("commission_cap_e8",), number("commission_cap_e8", 10**8), their_value),
    "commission_min_per_order_cny": (
        ("commission_min_fen",),
        number("commission_min_fen", 100),
        their_value,
    ),
}
# A way of rounding, not a value of a day: it is compared by computing limits (tests/market).
COMPUTED: Final = ("limit_price_rounding",)


def cells() -> Iterator[Cell]:
    """Every rule, scope and place they have, over every span of days that either side tells
    apart.
    """
    book = load_rule_book()
    keys = sorted({(record.rule, record.scope) for record in marina_rules.records()})
    for rule, scope in keys:
        if scope in LEFT_OUT or rule in COMPUTED:
            continue
        places, days = SCOPES[scope]
        for place in places:
            yield from _merged(_spans(book, rule, scope, place, days))


def _spans(book: RuleBook, rule: str, scope: str, place: Place, days: Days) -> Iterator[Cell]:
    ours, read, spell = RULES[rule]
    theirs = [
        record
        for record in marina_rules.records()
        if record.rule == rule and record.scope == scope
        if place[0] in {MARKETS[code] for code in record.market.split("+")}
    ]
    if not theirs:
        return
    cuts = {day for record in theirs for day in (record.effective_from, record.effective_to)}
    here = [
        row
        for row in book.rows
        if row.operative and row.rule in ours and (row.market, row.board) == place[:2]
    ]
    cuts |= {day for row in here for day in (row.effective_from, row.effective_to)}
    born = BORN.get(place[1], "")
    known = sorted({max(day, born) for day in cuts if day})
    for day, following in zip(known, [*known[1:], ""], strict=True):
        active = next((record for record in theirs if record.active_on(day)), None)
        try:
            mine = read(book, day, place, days)
        except RuleMissing:
            mine = ""
        told = spell(active.value) if active else ""
        if mine or told:
            yield Cell(rule, scope, place, day, following, told, mine)


def _merged(spans: Iterator[Cell]) -> Iterator[Cell]:
    last: Cell | None = None
    for cell in spans:
        if last and (last.theirs, last.ours, last.to) == (cell.theirs, cell.ours, cell.frm):
            last = replace(last, to=cell.to)
            continue
        if last:
            yield last
        last = cell
    if last:
        yield last


# --- the page -------------------------------------------------------------------------------------


def page() -> str:
    """The comparison for people: differences with their reasons first, then what agrees."""
    found = list(cells())
    agreed = [cell for cell in found if cell.verdict == "agree"]
    others = [cell for cell in found if cell.verdict != "agree"]
    compared = len({record.rule for record in marina_rules.records()} - set(COMPUTED))
    records = [r for r in marina_rules.records() if r.scope not in LEFT_OUT]
    differing = sum(cell.verdict == "differ" for cell in others)
    lines = [
        "# Our rules beside marina-rules\n",
        f"The package marina-rules {marina_rules.VERSION} (MIT; data CC0) holds limits, ticks, "
        "fees, sessions and holding periods by date, each with its official source. All its "
        f"{len(records)} records that bear on what is traded here, under {compared} rules, are "
        "compared with what our rows come to, on every span of days that either side tells apart. "
        f"Where both speak of the same days {len(agreed)} spans agree and {differing} differ. On "
        f"{len(others)} more only one side answers; each has its reason below.\n",
        "Limit prices themselves were compared by computing them over random closes. They differ "
        "on closes of a few ticks only: we hold Beijing to the floor of one tick (reference 1.3, "
        "KM) where marina-rules has no record of one, and we don't know Shanghai's absolute band "
        "of the delisting period before 2023-04-10.\n",
        "B-shares aren't traded here and are left out. What marina-rules doesn't cover (kinds of "
        "orders, cages, sizes, halts, auctions, caps, after-hours trading, fees of funds and "
        "bonds) rests on the rules reference alone, with the certainty that each row states. Its "
        "sample bars check our calendar: the seeded trading days are those of the bars, day by "
        "day.\n",
        "## Where one side is silent\n",
        "| rule | scope | place | from | to | marina-rules | ours | why | 原因 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for cell in others:
        chinese, english = EXPLAINED[cell.rule, cell.scope]
        lines.append(
            f"{_row(cell)} {cell.theirs or '—'} | {cell.ours or '—'} | {english} | {chinese} |"
        )
    lines += [
        "\n## Where both agree\n",
        "| rule | scope | place | from | to | value |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [f"{_row(cell)} {cell.ours} |" for cell in agreed]
    return "\n".join(lines) + "\n"


def _row(cell: Cell) -> str:
    place = "/".join(cell.place)
    return f"| `{cell.rule}` | {cell.scope} | {place} | {cell.frm} | {cell.to or 'open'} |"
