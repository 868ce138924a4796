"""What may be written to whom, and how it reads. Pure: figures in, text out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from yunquan.cases.rules import CONFIDENTIAL
from yunquan.cases.types import Case, Ground, Measure
from yunquan.kernel.errors import Refused
from yunquan.kernel.zone import in_market_zone
from yunquan.letters.types import LetterKind, LetterWish
from yunquan.statements.types import Paper, PaperColumn, PaperTable
from yunquan.surveillance.types import AlertLine

Text = Callable[..., str]
TO_CLIENT: Final = frozenset({LetterKind.CLIENT_REMINDER, LetterKind.CLIENT_WARNING})
LONGEST: Final = 400
SHORTEST: Final = 4
MOST_ALERTS: Final = 8


def check_wish(wish: LetterWish, case: Case, measures: Sequence[Measure]) -> Refused | None:
    """Why it can't be written: an AML case is never written of to the client, and every letter
    names what it rests on.
    """
    if wish.kind not in tuple(LetterKind):
        return Refused("letters.kind", {"kind": wish.kind[:20]})
    if not SHORTEST <= len(wish.basis.strip()) <= LONGEST or len(wish.remarks) > LONGEST:
        return Refused("letters.basis", {"least": SHORTEST, "most": LONGEST})
    if not case.account:
        return Refused("letters.no_account")
    under_aml = any(one.basis.ground == Ground.AML for one in measures)
    if wish.kind in TO_CLIENT and (case.kind in CONFIDENTIAL or under_aml):
        return Refused("letters.tipping_off")
    return None


def when(at_ms: int) -> str:
    """Day and time in Beijing."""
    return in_market_zone(at_ms).strftime("%Y-%m-%d %H:%M:%S")


def letter_paper(
    letter: str,
    wish: LetterWish,
    case: Case,
    alerts: Sequence[AlertLine],
    measures: Sequence[Measure],
    name: str,
    day: str,
    text: Text,
    lang: str,
    mark: str,
) -> Paper:
    """name: the client's, masked; day: of the letter; mark: what says that it is simulated."""
    kind, what = wish.kind, text(f"ui.riskdesk.kind.{case.kind}")
    facts = [
        (text("letters.fact.number"), letter),
        (text("letters.fact.day"), day),
        (text("letters.fact.account"), f"{case.account} {name}"),
        (text("letters.fact.what"), what),
    ]
    if case.symbol:
        facts.append((text("letters.fact.symbol"), case.symbol))
    shown = list(alerts[:MOST_ALERTS])
    first = min((one.alert.began_ms or one.alert.at_ms for one in shown), default=case.opened_at_ms)
    last = max((one.alert.at_ms for one in shown), default=case.last_at_ms)
    told = {"account": case.account, "what": what, "count": case.alerts, "basis": wish.basis}
    told |= {"first": when(first), "last": when(last), "symbol": case.symbol or "—"}
    body = [text(f"letters.{kind}.{place}", **told) for place in ("to", "seen", "asks")]
    if wish.remarks.strip():
        body.append(wish.remarks.strip())
    tables = [_numbers(shown, text)]
    if kind == LetterKind.EXCHANGE_REPORT:
        tables.append(_measures(measures, text))
    return Paper(
        title=text(f"letters.{kind}"),
        lang=lang,
        firm=text("statement.firm"),
        mark=mark,
        facts=tuple(facts),
        tables=tuple(tables),
        notes=(text("letters.note.basis", basis=wish.basis), text("letters.note.sealed")),
        footer=f"{letter} · {day}",
        body=tuple(body),
    )


def _numbers(alerts: Sequence[AlertLine], text: Text) -> PaperTable:
    rows = [
        (when(one.alert.at_ms), one.title, one.alert.symbol, reason.name, reason.value)
        for one in alerts
        for reason in one.reasons
    ]
    names = ("time", "rule", "symbol", "number", "value")
    columns = tuple(
        PaperColumn(text(f"letters.column.{name}"), number=name == "value", share=share)
        for name, share in zip(names, (3, 4, 2, 4, 2), strict=True)
    )
    return PaperTable(text("letters.numbers"), columns, tuple(rows), text("letters.no_numbers"))


def _measures(measures: Sequence[Measure], text: Text) -> PaperTable:
    rows = [
        (
            when(one.at_ms),
            " ".join((text(f"ui.riskdesk.measure.{one.kind}"), one.detail)).strip(),
            one.basis.text,
            text("letters.undone") if one.undone_by else text("letters.in_force"),
        )
        for one in measures
    ]
    names = ("time", "measure", "basis", "state")
    columns = tuple(
        PaperColumn(text(f"letters.column.{name}"), share=share)
        for name, share in zip(names, (2, 2, 4, 1), strict=True)
    )
    return PaperTable(text("letters.measures"), columns, tuple(rows), text("letters.no_measures"))
