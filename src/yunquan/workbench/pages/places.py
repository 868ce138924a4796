"""Where staff can go and what each role may do, read from the routes that this process serves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from yunquan.security.types import Role


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation. key: the letter that leads there after "g"."""

    name: str
    url: str
    key: str


@dataclass(frozen=True, slots=True)
class StaffAct:
    """One route of staff. roles: who may use it."""

    method: str
    path: str
    roles: frozenset[str]


# In the order shown. An entry without a route in this process isn't shown.
PLACES: Final = (
    Place("clients", "/staff", "c"),
    Place("orders", "/staff/orders", "w"),
    Place("ledger", "/staff/ledger", "l"),
    Place("approvals", "/staff/approvals", "p"),
    Place("restrictions", "/staff/restrictions", "x"),
    Place("complaints", "/staff/complaints", "n"),
    Place("transfers", "/staff/transfers", "t"),
    Place("conditions", "/staff/conditions", "o"),
    Place("switches", "/staff/switches", "s"),
    Place("dayend", "/staff/dayend", "d"),
    Place("actions", "/staff/actions", "a"),
    Place("rules", "/staff/rules", "r"),
    Place("tariffs", "/staff/tariffs", "f"),
    Place("evidence", "/staff/evidence", "e"),
    Place("cockpit", "/cockpit", "k"),
    Place("roles", "/staff/roles", "m"),
)
EVERY_ROLE: Final = frozenset(role.value for role in Role)


def staff_act(method: str, path: str, roles: Sequence[str] | None) -> StaffAct:
    """A route as it is declared; one that names no roles is for every member of staff."""
    return StaffAct(method, path, EVERY_ROLE if roles is None else frozenset(roles))


def places_for(acts: Iterable[StaffAct], roles: Collection[str]) -> tuple[Place, ...]:
    """The entries that lead this member of staff to a page rather than to a refusal."""
    open_to = {act.path for act in acts if act.method == "GET" and not act.roles.isdisjoint(roles)}
    return tuple(place for place in PLACES if place.url in open_to)
