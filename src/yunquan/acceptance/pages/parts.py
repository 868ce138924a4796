"""What the shell hands to a page, who may see and do what, and how times are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request
from litestar.di import NamedDependency

from yunquan.archive import Archive
from yunquan.depository import Settling
from yunquan.desk import Desk
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.kernel.zone import in_market_zone
from yunquan.onboarding import Onboarding
from yunquan.screening import Screening
from yunquan.security import list_staff
from yunquan.security.types import Role, Session
from yunquan.witness import Witness

SEE: Final = {"who": "staff", "roles": ("operations", "risk", "audit")}
REVIEW: Final = {"who": "staff", "roles": ("operations", "risk")}
REVIEWING: Final = frozenset({Role.OPERATIONS, Role.RISK})
CALL: Final = {"who": "staff", "roles": ("operations", "service")}
CALLING: Final = frozenset({Role.OPERATIONS, Role.SERVICE})
SEE_CALLS: Final = {"who": "staff", "roles": ("operations", "service", "risk", "audit")}

TheDesk = NamedDependency[Desk]
TheOnboarding = NamedDependency[Onboarding]
TheArchive = NamedDependency[Archive]
TheScreening = NamedDependency[Screening]
TheSettling = NamedDependency[Settling]
TheWitness = NamedDependency[Witness]
Member = NamedDependency[Session]
Locale = NamedDependency[str]
Templates = NamedDependency[Any]

LONGEST_TEXT: Final = 500
LONGEST_ID: Final = 40
_PLACE: Final = re.compile(r"[0-9]{1,17}\.[A-Za-z0-9_]{1,40}", re.ASCII)


def second(at_ms: int) -> str:
    """Day and time of day in Beijing, with the second."""
    return in_market_zone(at_ms).strftime("%m-%d %H:%M:%S")


def place_of(given: str) -> str:
    """Where a page of a queue goes on, "" for whatever no page of ours led to."""
    return given if _PLACE.fullmatch(given) else ""


def staff_names(database: Database) -> dict[str, str]:
    """Names of members of staff by actor."""
    with database.read() as tx:
        return names_in(tx)


def names_in(tx: ReadTx) -> dict[str, str]:
    """The same, where a transaction is open already."""
    return {f"staff:{one.subject}": one.display_name for one in list_staff(tx)}


async def texts_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """A form's texts, cut to what is looked at."""
    return {
        name: str(value).strip()[:LONGEST_TEXT] for name, value in (await request.form()).items()
    }


async def ticked(request: Request[Any, Any, Any], name: str) -> tuple[str, ...]:
    """What of a form's boxes of one name is ticked, each once."""
    given = (await request.form()).getall(name, [])
    return tuple(dict.fromkeys(str(value)[:LONGEST_ID] for value in given))


@dataclass(frozen=True, slots=True)
class Here:
    """Who asks, and the offices that answer."""

    request: Request[Any, Any, Any]
    desk: Desk
    onboarding: Onboarding
    session: Session
    locale: str
    templates: Any

    def said(self, error: YunquanError) -> str:
        """A refusal in the reader's words."""
        return self.desk.text(self.locale)(error.code, **error.facts)


def make_here(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    onboarding: TheOnboarding,
    session: Member,
    locale: Locale,
    templates: Templates,
) -> Here:
    """The framework's way to it."""
    return Here(request, desk, onboarding, session, locale, templates)


TheHere = NamedDependency[Here]
