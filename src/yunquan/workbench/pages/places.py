"""Where staff can go and what each role may do, read from the routes that this process serves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
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
    """One route of staff. roles: who may use it. right: code of the sentence that says what for,
    from its module and name.
    """

    method: str
    path: str
    roles: frozenset[str]
    right: str


@dataclass(frozen=True, slots=True)
class Right:
    """What some roles may do, in words, and the routes that do it."""

    text: str
    roles: frozenset[str]
    routes: tuple[str, ...]


# In the order shown. An entry without a route in this process isn't shown.
PLACES: Final = (
    Place("clients", "/staff", "c"),
    Place("orders", "/staff/orders", "w"),
    Place("ledger", "/staff/ledger", "l"),
    Place("approvals", "/staff/approvals", "p"),
    Place("watch", "/staff/watch", "i"),
    Place("restrictions", "/staff/restrictions", "x"),
    Place("complaints", "/staff/complaints", "n"),
    Place("openings", "/staff/openings", "z"),
    Place("callbacks", "/staff/callbacks", "b"),
    Place("witness", "/staff/witness", "v"),
    Place("funnel", "/staff/funnel", "j"),
    Place("archive", "/staff/archive", "h"),
    Place("transfers", "/staff/transfers", "t"),
    Place("conditions", "/staff/conditions", "o"),
    Place("switches", "/staff/switches", "s"),
    Place("dayend", "/staff/dayend", "d"),
    Place("actions", "/staff/actions", "a"),
    Place("rules", "/staff/rules", "r"),
    Place("tariffs", "/staff/tariffs", "f"),
    Place("evidence", "/staff/evidence", "e"),
    Place("audit", "/staff/audit", "u"),
    Place("cockpit", "/cockpit", "k"),
    Place("roles", "/staff/roles", "m"),
)
EVERY_ROLE: Final = frozenset(role.value for role in Role)


def staff_act(
    method: str, path: str, roles: Sequence[str] | None, declared: tuple[str, str] = ("", "")
) -> StaffAct:
    """A route as it is declared; one that names no roles is for every member of staff. declared:
    its module and name; a page and its counterpart of the API are one right.
    """
    who = EVERY_ROLE if roles is None else frozenset(roles)
    module, name = declared
    return StaffAct(method, path, who, f"right.{module.rpartition('.')[2]}.{name}")


def rights_of(acts: Iterable[StaffAct], text: Callable[[str], str]) -> tuple[Right, ...]:
    """What may be done, each sentence once with its routes; what most may do first."""
    found: dict[tuple[str, frozenset[str]], list[str]] = {}
    for act in acts:
        found.setdefault((text(act.right), act.roles), []).append(f"{act.method} {act.path}")
    rights = [Right(*key, tuple(routes)) for key, routes in found.items()]
    return tuple(sorted(rights, key=lambda one: (-len(one.roles), sorted(one.roles), one.routes)))


def places_for(acts: Iterable[StaffAct], roles: Collection[str]) -> tuple[Place, ...]:
    """The entries that lead this member of staff to a page rather than to a refusal."""
    open_to = {act.path for act in acts if act.method == "GET" and not act.roles.isdisjoint(roles)}
    return tuple(place for place in PLACES if place.url in open_to)
