"""Reading what staff did, by filter, and as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from yunquan.audit import rules, store
from yunquan.audit.types import AuditFilter, AuditLine, AuditPage
from yunquan.desk.rules.lists import csv_text
from yunquan.kernel.errors import Invalid
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.readers import lag
from yunquan.kernel.transaction import ROOMS_STREAM, Database, ReadTx
from yunquan.kernel.zone import in_market_zone
from yunquan.security import list_staff

LONGEST_PAGE: Final = 50
LONGEST_EXPORT: Final = 10_000
COLUMNS: Final = (
    "place",
    "time",
    "who",
    "kind",
    "what",
    "client",
    "account",
    "about",
    "why",
    "second",
    "outcome",
)


class Audit:
    """The office of what staff did."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    def page(
        self, asked: AuditFilter, locale: str, *, after: str = "", limit: int = LONGEST_PAGE
    ) -> AuditPage:
        """Newest first. Raises Invalid audit.malformed, orders.period_malformed."""
        limit = max(1, min(limit, LONGEST_PAGE))
        rows, lines = self._load(asked, locale, _after(after), limit)
        following = f"{rows[-1].at_ms}.{rows[-1].seq}" if len(rows) == limit else None
        behind = lag(store.READER, ROOMS_STREAM, self._database, self._database)
        return AuditPage(tuple(lines), following, max(0, behind))

    def csv(self, asked: AuditFilter, locale: str) -> str:
        """All of a filter as a table. Raises Invalid as `page` does, and for more than 10,000."""
        rows, lines = self._load(asked, locale, None, LONGEST_EXPORT + 1)
        if len(rows) > LONGEST_EXPORT:
            raise Invalid("orders.export_too_long", most=LONGEST_EXPORT)
        head = [self._catalogue.text(f"audit.csv.{name}", locale) for name in COLUMNS]
        return csv_text(head, [cells_of(line) for line in lines])

    def kinds(self) -> tuple[str, ...]:
        """What a filter offers."""
        return rules.KINDS

    def people(self) -> list[tuple[str, str]]:
        """Members of staff: actor and name."""
        with self._database.read() as tx:
            return [(f"staff:{one.subject}", one.display_name) for one in list_staff(tx)]

    def _load(
        self, asked: AuditFilter, locale: str, after: tuple[int, int] | None, limit: int
    ) -> tuple[Sequence[Any], list[AuditLine]]:
        if refused := rules.check_filter(asked):
            raise Invalid(refused.code, **refused.facts)
        span = rules.span_ms(asked.from_day, asked.to_day)
        with self._database.read() as tx:
            rows = store.page_of_deeds(tx, asked, span, after, limit)
            who = self._who(tx)
        return rows, [self._line(row, who, locale) for row in rows]

    def _line(self, row: Any, who: Callable[[str], str], locale: str) -> AuditLine:
        def text(code: str) -> str:
            return self._catalogue.text(code, locale) if code else ""

        return AuditLine(
            row.stream,
            row.seq,
            row.at_ms,
            row.actor,
            who(row.actor),
            row.kind,
            text(f"audit.kind.{row.kind}"),
            row.what,
            text(row.what),
            row.client,
            row.account,
            row.ref,
            row.why,
            who(row.second) if row.second else "",
            row.outcome,
            self._outcome(row, text),
        )

    @staticmethod
    def _outcome(row: Any, text: Callable[[str], str]) -> str:
        if row.kind == "complaint" and row.outcome:
            return text(f"complaint.state.{row.outcome}")
        if row.outcome in ("open", "agreed", "declined", "done"):
            return text(f"proposal.state.{row.outcome}")
        return text(row.outcome)

    @staticmethod
    def _who(tx: ReadTx) -> Callable[[str], str]:
        names = {f"staff:{one.subject}": one.display_name for one in list_staff(tx)}
        return lambda actor: names.get(actor, actor)


def cells_of(line: AuditLine) -> list[object]:
    """A row under COLUMNS."""
    at = in_market_zone(line.at_ms).strftime("%Y-%m-%d %H:%M:%S.") + f"{line.at_ms % 1000:03d}"
    return [
        f"{line.stream}:{line.seq}",
        at,
        line.who,
        line.kind_text,
        line.what_text,
        line.client,
        line.account,
        line.ref,
        line.why,
        line.second,
        line.outcome_text,
    ]


def _after(text: str) -> tuple[int, int] | None:
    at_ms, _, seq = text.partition(".")
    digits = at_ms.isascii() and seq.isascii() and at_ms.isdigit() and seq.isdigit()
    return (int(at_ms), int(seq)) if digits and len(text) < 40 else None
