"""What plans there are and who pays by them."""

from __future__ import annotations

import msgspec

from yunquan.tariffs.types import PlanRate


class PlanVersionMade(
    msgspec.Struct, frozen=True, array_like=True, tag="tariffs.plan_version_made@1"
):
    """A plan is this from a trading day on. Two people wanted it."""

    plan: str
    version: int
    effective_day: str
    rates: tuple[PlanRate, ...]
    proposal: str
    by: str


class FeePlanAssigned(msgspec.Struct, frozen=True, array_like=True, tag="tariffs.plan_assigned@1"):
    """An account pays by this plan; "" by the house's. The counter is told next."""

    account: str
    plan: str
    basis: str
    proposal: str
    by: str


EVENTS = (FeePlanAssigned, PlanVersionMade)
