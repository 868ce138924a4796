"""What a fee plan may charge, which version is in force, and how fees read. Pure.

Source: China securities rules reference, section 2: commission is at most 0.3% of the amount and at
least the regulatory and exchange fees it contains (in force since 2002-05-01).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final

from yunquan.counter.types import AccountView, FeeRate, SetFeePlan
from yunquan.kernel.errors import Refused
from yunquan.market.rules.explain import product_text, value_text
from yunquan.market.rules.rows import RuleBook
from yunquan.market.types import PRODUCTS, RuleRow
from yunquan.tariffs.types import (
    Assignment,
    AssignmentLine,
    FeeLine,
    NewPlanVersion,
    PlanLine,
    PlanRate,
    PlanVersion,
    ProductFees,
    RateBounds,
    RateLine,
)

VERSION: Final = "tariff_version"
ASSIGNMENT: Final = "tariff_assignment"
KINDS: Final = (VERSION, ASSIGNMENT)
# The plan of whoever has none of their own: what the dated rows of the firm say.
HOUSE: Final = "house"
LONGEST_NAME: Final = 40
_PLAN: Final = re.compile(r"[a-z][a-z0-9-]{1,19}")
# On top of commission, then what is inside it.
CHARGED: Final = ("stamp_sell_e8", "transfer_e8")
INSIDE: Final = ("handling_e8", "levy_e8")
# Products that one rule covers read as one.
SHOWN_PRODUCTS: Final = ("stock", "etf", "convertible", "treasury")

Text = Callable[..., str]
Place = tuple[str, str]
# By mark: the end of the text's code. A mark that isn't here is shown as it stands.
_NAMES: Final = {
    "firm plan": "firm_plan",
    "exchange fee tables": "exchange_fees",
    "bond trading rules": "bond_rules",
    "S1": "notices",
    "S2": "rules_2026",
    "S5": "cost_note",
    "first day KM": "first_day_open",
    "first day KL": "first_day_open",
}
_SECTION: Final = re.compile(r"reference (\d+(?:\.\d+)?)")
_MARKS: Final = re.compile(r"[,;]\s*")


def places_of(book: RuleBook, product: str, day: str) -> list[Place]:
    """Markets and boards on which a product trades that day: those that charge for it."""
    found = dict.fromkeys((row.market, row.board) for row in book.rows)
    rules = book.on(day)
    return [one for one in found if rules.row("commission_e8", *one, product) is not None]


def bounds_of(book: RuleBook, product: str, day: str) -> RateBounds | None:
    """The narrowest over all its boards, since a plan names products only; None for what doesn't
    trade.
    """
    places, rules = places_of(book, product, day), book.on(day)
    if not places:
        return None
    inside = [sum(rules.optional(rule, *place, product) for rule in INSIDE) for place in places]
    return RateBounds(
        product,
        max(inside),
        min(rules.number("commission_cap_e8", *place, product) for place in places),
        max(rules.number("commission_e8", *place, product) for place in places),
        max(rules.optional("commission_min_fen", *place, product) for place in places),
    )


def all_bounds(book: RuleBook, day: str) -> list[RateBounds]:
    """Of every product that trades."""
    found = (bounds_of(book, product, day) for product in PRODUCTS)
    return [one for one in found if one is not None]


def check_version(
    new: NewPlanVersion, known: Sequence[PlanVersion], book: RuleBook, today: str
) -> Refused | None:
    """Why a version can't be. known: the plan's versions so far."""
    if not _PLAN.fullmatch(new.plan) or new.plan == HOUSE:
        return Refused("tariff.plan_code", {"plan": new.plan[:20]})
    if not all(0 < len(name.strip()) <= LONGEST_NAME for name in (new.name_zh, new.name_en)):
        return Refused("tariff.name", {"longest": LONGEST_NAME})
    if not _is_day(new.effective_day) or new.effective_day < today:
        return Refused("tariff.day", {"today": today})
    if known and new.effective_day <= known[-1].effective_day:
        return Refused("tariff.day_taken", {"day": known[-1].effective_day})
    products = [rate.product for rate in new.rates]
    if not products or len(set(products)) < len(products):
        return Refused("tariff.rates", {})
    for rate in new.rates:
        if refused := check_rate(rate, bounds_of(book, rate.product, new.effective_day)):
            return refused
    return None


def check_rate(rate: PlanRate, bounds: RateBounds | None) -> Refused | None:
    """Commission is never below what it contains, nor above the cap; and no order pays a minimum
    above the house's.
    """
    if bounds is None:
        return Refused("tariff.product", {"product": rate.product[:20]})
    if rate.commission_e8 < bounds.floor_e8:
        floor = percent(bounds.floor_e8)
        return Refused("tariff.below_floor", {"product": rate.product, "floor": floor})
    if rate.commission_e8 > bounds.cap_e8:
        cap = percent(bounds.cap_e8)
        return Refused("tariff.above_cap", {"product": rate.product, "cap": cap})
    if not 0 <= rate.commission_min_fen <= bounds.minimum_fen:
        facts = {"product": rate.product, "minimum_fen": bounds.minimum_fen}
        return Refused("tariff.minimum", facts)
    return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def percent(rate_e8: int) -> str:
    """A rate as people say it: 25,000 is 0.025%."""
    whole, rest = divmod(rate_e8, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".") + "%"


def parse_rate(text: str) -> int | None:
    """A percentage as typed, "0.025" or "0.025%", in parts per 10^8; None if it is none."""
    found = re.fullmatch(r"([0-9]{1,2})(?:\.([0-9]{1,6}))?%?", text.strip())
    if found is None:
        return None
    return int(found[1]) * 1_000_000 + int((found[2] or "").ljust(6, "0"))


def in_force(known: Iterable[PlanVersion], day: str) -> PlanVersion | None:
    """The version of one plan that holds on a day."""
    begun = [one for one in known if one.effective_day <= day]
    return max(begun, key=lambda one: one.effective_day) if begun else None


def command_of(one: Assignment, version: PlanVersion | None) -> SetFeePlan:
    """What the counter is told; the same again has no second effect. Without a version the house's
    rates hold.
    """
    number = version.version if version else 0
    name = f"{one.assigned_by}:{one.proposal}-{number}"
    plan = f"{one.plan}@{number}" if version else HOUSE
    rates = tuple(
        FeeRate(rate.product, rate.commission_e8, rate.commission_min_fen)
        for rate in (version.rates if version else ())
    )
    return SetFeePlan(name, one.account, plan, rates, one.basis)


def agrees(view: AccountView, version: PlanVersion | None) -> bool:
    """Whether the counter charges what the plan says."""
    mine = {(rate.product, rate.commission_e8, rate.commission_min_fen) for rate in view.rates}
    wanted = version.rates if version else ()
    return mine == {(one.product, one.commission_e8, one.commission_min_fen) for one in wanted}


# --- in words -------------------------------------------------------------------------------------


def name_of(version: PlanVersion, locale: str) -> str:
    return version.name_zh if locale == "zh_CN" else version.name_en


def rate_line(rate: PlanRate, bounds: RateBounds | None, text: Text) -> RateLine:
    """A rate beside its bounds."""
    fen = rate.commission_min_fen
    return RateLine(
        rate.product,
        text(product_text(rate.product)),
        rate.commission_e8,
        fen,
        percent(rate.commission_e8),
        value_text("commission_min_fen", fen, "", text),
        percent(bounds.floor_e8) if bounds else "",
        percent(bounds.cap_e8) if bounds else "",
    )


def bounds_line(bounds: RateBounds, text: Text) -> RateLine:
    """The house's rate beside the bounds."""
    house = PlanRate(bounds.product, bounds.house_e8, bounds.minimum_fen)
    return rate_line(house, bounds, text)


def plan_lines(
    known: Sequence[PlanVersion],
    bounds: Sequence[RateBounds],
    day: str,
    who: Callable[[str], str],
    locale: str,
    text: Text,
) -> tuple[PlanLine, ...]:
    """Every version, newest first within its plan."""
    by_product = {one.product: one for one in bounds}
    lines: list[PlanLine] = []
    for one in sorted(known, key=lambda one: (one.plan, -one.version)):
        current = in_force((other for other in known if other.plan == one.plan), day)
        state = "in_force" if one == current else "past" if one.effective_day <= day else "future"
        rates = tuple(rate_line(rate, by_product.get(rate.product), text) for rate in one.rates)
        lines.append(
            PlanLine(
                one.plan,
                one.version,
                name_of(one, locale),
                one.effective_day,
                state,
                one.basis,
                who(one.proposed_by),
                who(one.agreed_by),
                one.made_at_ms,
                rates,
            )
        )
    return tuple(lines)


def assignment_line(
    one: Assignment,
    version: PlanVersion | None,
    view: AccountView | None,
    who: Callable[[str], str],
    locale: str,
    text: Text,
) -> AssignmentLine:
    """An account's plan beside what its counter charges; view: None when that isn't known."""
    state = "unreached"
    if view is not None:
        state = "agrees" if agrees(view, version) else "differs"
    return AssignmentLine(
        one.account,
        one.plan or HOUSE,
        name_of(version, locale) if version else text("tariff.house"),
        version.version if version else 0,
        view.plan if view else "",
        state,
        one.basis,
        who(one.assigned_by),
        who(one.agreed_by),
        one.assigned_at_ms,
        text(one.code, account=one.account) if one.code else "",
    )


def fee_sheet(
    book: RuleBook, day: str, own: Sequence[FeeRate], plan_source: str, text: Text
) -> tuple[ProductFees, ...]:
    """What each product costs, every fee with what it is and where it comes from. own: the rates of
    the account's plan.
    """
    mine = {rate.product: rate for rate in own}
    products = [*SHOWN_PRODUCTS, *(one for one in mine if one not in SHOWN_PRODUCTS)]
    sheet: list[ProductFees] = []
    for product in products:
        places = places_of(book, product, day)
        fees = [_commission(book, day, product, places, mine.get(product), plan_source, text)]
        for rule in (*CHARGED, *INSIDE):
            fees += _statutory(book, day, product, places, rule, text)
        sheet.append(ProductFees(product, text(product_text(product)), tuple(fees)))
    return tuple(sheet)


def _commission(
    book: RuleBook,
    day: str,
    product: str,
    places: list[Place],
    mine: FeeRate | None,
    plan_source: str,
    text: Text,
) -> FeeLine:
    rules = book.on(day)
    row = rules.row("commission_e8", *places[0], product)
    assert row is not None, "places are those with a row"
    rate = mine.commission_e8 if mine else rules.number("commission_e8", *places[0], product)
    house = rules.optional("commission_min_fen", *places[0], product)
    minimum = mine.commission_min_fen if mine else house
    return FeeLine(
        "commission",
        text("market.rule.commission_e8"),
        text("tariff.about.commission"),
        percent(rate),
        value_text("commission_min_fen", minimum, "", text) if minimum else "",
        inside=False,
        source=plan_source if mine else row.source,
        certainty="F",
        certainty_text=text("market.certainty.F"),
        effective_from=row.effective_from if not mine else "",
        places="",
        source_text=plan_source if mine else source_text(row.source, text),
    )


def _statutory(
    book: RuleBook, day: str, product: str, places: list[Place], rule: str, text: Text
) -> list[FeeLine]:
    """One line for each value; boards that differ are named."""
    rules = book.on(day)
    found: dict[int, list[tuple[Place, RuleRow]]] = {}
    for place in places:
        row = rules.row(rule, *place, product)
        if row is not None and isinstance(row.value, int) and row.value:
            found.setdefault(row.value, []).append((place, row))
    lines: list[FeeLine] = []
    for value, here in found.items():
        row = here[0][1]
        named = "" if len(here) == len(places) else _places_text([one for one, _ in here], text)
        lines.append(
            FeeLine(
                rule.removesuffix("_e8"),
                text(f"market.rule.{rule}"),
                text(f"tariff.about.{rule.removesuffix('_e8')}"),
                percent(value),
                "",
                rule in INSIDE,
                row.source,
                row.certainty,
                text(f"market.certainty.{row.certainty}"),
                row.effective_from,
                named,
                source_text(row.source, text),
            )
        )
    return lines


def source_text(source: str, text: Text) -> str:
    """A rule's source in the reader's language: "V:S5, first day KM" as two phrases."""
    found: list[str] = []
    for mark in _MARKS.split(source):
        bare = mark.removeprefix("V:")
        section = _SECTION.fullmatch(bare)
        if section:
            found.append(text("market.source.reference", section=section[1]))
        else:
            found.append(text(f"market.source.{_NAMES[bare]}") if bare in _NAMES else mark)
    return text("market.value.and").join(dict.fromkeys(found))


def _places_text(places: Iterable[Place], text: Text) -> str:
    boards = dict.fromkeys(board for _, board in places)
    return text("market.value.and").join(text(f"market.board.{board}") for board in boards)
