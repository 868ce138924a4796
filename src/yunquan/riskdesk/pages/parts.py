"""What the shell hands to a page, and who may see and do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request
from litestar.di import NamedDependency

from yunquan.backtests import Backtests
from yunquan.cases import Cases, Lessons
from yunquan.desk import Desk
from yunquan.dossier import Dossier
from yunquan.heat import Heat
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.zone import in_market_zone
from yunquan.letters import Letters
from yunquan.rulebook import RuleBook
from yunquan.security import list_staff
from yunquan.security.types import Role, Session
from yunquan.surveillance import Alerts

SEE: Final = {"who": "staff", "roles": ("risk", "operations", "audit")}
ACT: Final = {"who": "staff", "roles": ("risk",)}
ACTING: Final = frozenset({Role.RISK})
LONGEST_TEXT: Final = 500
LONGEST_ID: Final = 40
LONGEST_CODE: Final = 60


def second(at_ms: int) -> str:
    """Day and time of day in Beijing, with the second."""
    return in_market_zone(at_ms).strftime("%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Here:
    """Who asks, and the offices that answer."""

    request: Request[Any, Any, Any]
    desk: Desk
    cases: Cases
    alerts: Alerts
    rules: RuleBook
    dossier: Dossier
    heat: Heat
    letters: Letters
    lessons: Lessons
    backtests: Backtests
    session: Session
    locale: str
    templates: Any

    def said(self, error: YunquanError) -> str:
        """A refusal in the reader's words."""
        return self.desk.text(self.locale)(error.code, **error.facts)

    @property
    def may_act(self) -> bool:
        """Whether this member of staff handles cases."""
        return bool(self.session.roles & ACTING)

    def names(self) -> dict[str, str]:
        """Members of staff by actor."""
        with self.desk.database.read() as tx:
            return {f"staff:{one.subject}": one.display_name for one in list_staff(tx)}

    async def texts(self) -> dict[str, str]:
        """The form's texts, cut to what is looked at."""
        form = await self.request.form()
        return {name: str(value).strip()[:LONGEST_TEXT] for name, value in form.items()}


def make_here(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    cases: NamedDependency[Cases],
    alerts: NamedDependency[Alerts],
    rulebook: NamedDependency[RuleBook],
    dossier: NamedDependency[Dossier],
    heat: NamedDependency[Heat],
    letters: NamedDependency[Letters],
    lessons: NamedDependency[Lessons],
    backtests: NamedDependency[Backtests],
    session: NamedDependency[Session],
    locale: NamedDependency[str],
    templates: NamedDependency[Any],
) -> Here:
    """The framework's way to it."""
    parts = (desk, cases, alerts, rulebook, dossier, heat, letters, lessons, backtests)
    return Here(request, *parts, session, locale, templates)


TheHere = NamedDependency[Here]
