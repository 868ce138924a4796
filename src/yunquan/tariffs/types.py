"""Fee plans and who pays by them. Commission in parts per 10^8 of the amount (`_e8`), minimum in
fen per order, times in milliseconds since 1970 UTC, days "YYYY-MM-DD".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

PlanCode = Annotated[str, msgspec.Meta(min_length=2, max_length=20, examples=["active-2"])]
PlanName = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Basis = Annotated[str, msgspec.Meta(min_length=4, max_length=200)]


class PlanRate(msgspec.Struct, frozen=True, array_like=True):
    """What a plan charges for one product, one of `market.types.PRODUCTS`."""

    product: str
    commission_e8: int
    commission_min_fen: int


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A plan as it is from a trading day on. proposal: by which it was agreed to."""

    plan: str
    version: int
    effective_day: str
    name_zh: str
    name_en: str
    rates: tuple[PlanRate, ...]
    basis: str
    proposal: str
    proposed_by: str
    agreed_by: str
    made_at_ms: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """By which plan an account pays; "" by the house's. sent_version: the version its counter was
    last told, 0 for none yet; code: why the counter would not, "" if it did.
    """

    account: str
    plan: str
    basis: str
    proposal: str
    assigned_by: str
    agreed_by: str
    assigned_at_ms: int
    sent_version: int
    code: str


@dataclass(frozen=True, slots=True)
class RateBounds:
    """Between what a plan's commission for a product must lie. floor_e8: handling fee and levy,
    which commission contains; cap_e8: the most the rules allow; minimum_fen: the house's.
    """

    product: str
    floor_e8: int
    cap_e8: int
    house_e8: int
    minimum_fen: int


class NewPlanVersion(msgspec.Struct, frozen=True):
    """A version somebody proposes. plan: its code."""

    plan: str
    name_zh: str
    name_en: str
    effective_day: str
    rates: tuple[PlanRate, ...]


class NewRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Commission of a product: parts per 10^8 of the amount, and fen an order pays at least."""

    product: Annotated[str, msgspec.Meta(max_length=20, examples=["stock"])]
    commission_e8: Annotated[int, msgspec.Meta(ge=0, le=10**8, examples=[20_000])]
    commission_min_fen: Annotated[int, msgspec.Meta(ge=0, le=10**6, examples=[500])]


class NewTariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plan, or what it becomes from a trading day on. Products that it doesn't name pay the
    house's rate.
    """

    plan: PlanCode
    name_zh: PlanName
    name_en: PlanName
    effective_day: Annotated[str, msgspec.Meta(max_length=10, examples=["2026-07-13"])]
    rates: Annotated[list[NewRate], msgspec.Meta(min_length=1, max_length=20)]
    basis: Basis

    def version(self) -> NewPlanVersion:
        """What is proposed."""
        rates = tuple(
            PlanRate(one.product, one.commission_e8, one.commission_min_fen) for one in self.rates
        )
        return NewPlanVersion(self.plan, self.name_zh, self.name_en, self.effective_day, rates)


class NewTariffOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By which plan an account shall pay; "house" takes its plan away."""

    account: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    plan: PlanCode
    basis: Basis


class RateLine(msgspec.Struct, frozen=True):
    """A rate beside its bounds, as people read it."""

    product: str
    product_text: str
    commission_e8: int
    commission_min_fen: int
    rate_text: str
    minimum_text: str
    floor_text: str
    cap_text: str


class PlanLine(msgspec.Struct, frozen=True):
    """A version of a plan. state: "future", "in_force" or "past"."""

    plan: str
    version: int
    name: str
    effective_day: str
    state: str
    basis: str
    proposed_by: str
    agreed_by: str
    made_at_ms: int
    rates: tuple[RateLine, ...]


class AssignmentLine(msgspec.Struct, frozen=True):
    """An account's plan beside what its counter charges. state: "agrees", "differs", "unreached".

    wanted_version: in force today, 0 for none. counter_plan: as the counter names it. failed_text:
    why the counter would not.
    """

    account: str
    plan: str
    name: str
    wanted_version: int
    counter_plan: str
    state: str
    basis: str
    assigned_by: str
    agreed_by: str
    assigned_at_ms: int
    failed_text: str


class TariffBoard(msgspec.Struct, frozen=True):
    """Every plan, the accounts that pay by one, and the bounds of today. following: the account to
    go on after, None at the end.
    """

    day: str
    plans: tuple[PlanLine, ...]
    assignments: tuple[AssignmentLine, ...]
    bounds: tuple[RateLine, ...]
    following: str | None


class FeeLine(msgspec.Struct, frozen=True):
    """One fee of a product. about: what it is. inside: a part of the commission, not charged on
    top of it. source: the mark of the rule it rests on; source_text: in words.
    """

    fee: str
    label: str
    about: str
    rate_text: str
    minimum_text: str
    inside: bool
    source: str
    certainty: str
    certainty_text: str
    effective_from: str
    places: str
    source_text: str


class ProductFees(msgspec.Struct, frozen=True):
    """What trading one product costs this account."""

    product: str
    product_text: str
    fees: tuple[FeeLine, ...]


class FeeSheet(msgspec.Struct, frozen=True):
    """What an account pays, and why. plan: "" for the house's."""

    account: str
    day: str
    plan: str
    plan_text: str
    basis: str
    products: tuple[ProductFees, ...]
