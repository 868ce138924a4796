"""What the dossier stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from yunquan.audit import Audit
from yunquan.cases import Cases
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database
from yunquan.quotes import TapeReader
from yunquan.security import list_staff
from yunquan.surveillance import Alerts

Text = Callable[..., str]


@dataclass(frozen=True, slots=True)
class DossierParts:
    """name: of an instrument in a language."""

    database: Database
    catalogue: Catalogue
    alerts: Alerts
    cases: Cases
    audit: Audit
    tape: TapeReader
    name: Callable[[str, str], str]

    def text(self, locale: str) -> Text:
        """Sentences of a language."""

        def say(code: str, /, **facts: Any) -> str:
            return self.catalogue.text(code, locale, **facts)

        return say

    def names(self) -> dict[str, str]:
        """Members of staff by actor."""
        with self.database.read() as tx:
            return {f"staff:{one.subject}": one.display_name for one in list_staff(tx)}
