"""An account's day in one line of time, from what each room keeps of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import msgspec

from yunquan import history
from yunquan.audit.types import AuditFilter
from yunquan.clients import load_client, owner_of
from yunquan.desk.rules import reason_of
from yunquan.dossier import store
from yunquan.dossier.service.parts import DossierParts, Text
from yunquan.dossier.types import AccountDay, DayEntry, DoorStep, Strand
from yunquan.history.types import House, WantedCash
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.money import fen_to_text, milli_to_text
from yunquan.kernel.transaction import ReadTx
from yunquan.kernel.zone import MARKET_ZONE
from yunquan.security import find_principal_of

# Entries of each strand at the most: the newest are shown, and that there are more is said.
MOST_STEPS: Final = 1_500
MOST: Final = 200
CASH: Final = "CNY"
NEWEST: Final = (2**62, 0)
BANKS: Final = WantedCash(houses=(House("bank"),))
# Steps worth a line: that the exchange has it, say, is in the order's own life.
STRANDS: Final = {
    "order_placed": Strand.ORDER,
    "order_refused": Strand.REFUSAL,
    "order_rejected": Strand.REFUSAL,
    "order_filled": Strand.FILL,
    "cancel_requested": Strand.CANCEL,
    "order_cancelled": Strand.CANCEL,
    "cancel_rejected": Strand.CANCEL,
}
# Said by their own strand, or of no use in a day.
NOT_DEEDS: Final = frozenset({"look", "case"})


def span_of(day: str) -> tuple[int, int]:
    """First and last ms of a day in Beijing. Raises Invalid dossier.day."""
    try:
        begin = datetime.combine(date.fromisoformat(day), time(), MARKET_ZONE)
    except ValueError:
        raise Invalid("dossier.day", day=day[:20]) from None
    return to_ms(begin), to_ms(begin + timedelta(days=1)) - 1


def account_day(parts: DossierParts, account: str, day: str, locale: str) -> AccountDay:
    """Raises NotFound account.unknown, Invalid dossier.day."""
    from_ms, to_ms_ = span_of(day)
    text = parts.text(locale)
    with parts.database.read() as tx:
        owner = owner_of(tx, account)
        if owner is None:
            raise NotFound("account.unknown", account=account[:40])
        name = load_client(tx, owner).name_masked
        principal = find_principal_of(tx, str(owner))
        steps = history.steps_between(tx, account, from_ms, to_ms_, MOST_STEPS + 1)
        found = list(_orders(steps[MOST_STEPS - 1 :: -1], parts, locale, text))
        found += _cash(tx, account, from_ms, to_ms_, text)
        doors = list[DoorStep]()
        if principal:
            doors = store.steps_of(tx, str(principal.id), from_ms, to_ms_, MOST + 1)
            found += [_door(one, text) for one in doors[:MOST]]
    found += _alerts(parts, account, from_ms, to_ms_, locale)
    found += _cases(parts, account, from_ms, to_ms_, text)
    found += _deeds(parts, account, day, locale)
    found += _deeds(parts, str(owner), day, locale)
    found.sort(key=lambda one: one.at_ms)
    counts = {strand.value: 0 for strand in Strand}
    for one in found:
        counts[one.strand] += 1
    cut = [Strand.ORDER.value] if len(steps) > MOST_STEPS else []
    cut += [Strand.DOOR.value] if len(doors) > MOST else []
    cut += [one for one in (Strand.CASH, Strand.ALERT, Strand.STAFF) if counts[one] >= MOST]
    return AccountDay(account, str(owner), name, day, tuple(found), counts, tuple(cut))


def _orders(rows: list[Any], parts: DossierParts, locale: str, text: Text) -> Iterator[DayEntry]:
    for row in rows:
        strand = STRANDS.get(row.event)
        if strand is None:
            continue
        detail: dict[str, Any] = msgspec.json.decode(row.detail)
        side = "buy" if row.side == 1 else "sell"
        fill = strand is Strand.FILL
        price, qty = (detail["price"], detail["qty"]) if fill else (row.price, row.qty)
        if row.event == "order_cancelled":
            qty = detail["qty"]
        title = text(
            f"dossier.{row.event}.{side}",
            name=parts.name(row.symbol, locale),
            symbol=row.symbol,
            qty=qty,
            price=milli_to_text(price),
        )
        yield DayEntry(row.at_ms, strand, title, _why(row, text), row.symbol, row.order_id)


def _why(row: Any, text: Text) -> str:
    """Why an order was refused or ended, in words."""
    if row.event not in ("order_refused", "order_rejected", "order_cancelled"):
        return ""
    facts: dict[str, Any] = msgspec.json.decode(row.facts)
    told = reason_of(row.reason, facts, text)
    return told.text if told else ""


def _cash(tx: ReadTx, account: str, from_ms: int, to_ms: int, text: Text) -> Iterator[DayEntry]:
    before = NEWEST
    while rows := history.load_cash(tx, account, CASH, before, MOST, BANKS):
        for row in rows:
            if row.at_ms < from_ms:
                return
            if row.at_ms <= to_ms:
                way, house = ("in", row.source) if row.target == account else ("out", row.target)
                bank = text(f"bank.{house.partition(':')[2]}")
                title = text(f"dossier.cash.{way}", amount=fen_to_text(row.amount))
                yield DayEntry(row.at_ms, Strand.CASH, title, bank)
        before = (rows[-1].seq, rows[-1].line)
        if len(rows) < MOST:
            return


def _door(one: DoorStep, text: Text) -> DayEntry:
    where = " · ".join(part for part in (one.device, one.address) if part)
    why = text(one.code) if one.code else ""
    detail = " · ".join(part for part in (why, where) if part)
    return DayEntry(one.at_ms, Strand.DOOR, text(f"dossier.door.{one.what}"), detail)


def _alerts(
    parts: DossierParts, account: str, from_ms: int, to_ms: int, locale: str
) -> Iterator[DayEntry]:
    found = parts.alerts.recent(
        locale, before_ms=to_ms + 1, since_ms=from_ms, account=account, limit=MOST
    )
    cases = parts.cases.cases_of_alerts([one.alert.id for one in found])
    for one in found:
        numbers = " · ".join(f"{reason.name} {reason.value}" for reason in one.reasons)
        alert = one.alert
        link = cases.get(alert.id, "")
        yield DayEntry(
            alert.at_ms, Strand.ALERT, one.title, numbers, alert.symbol, link, alert.grade
        )


def _cases(
    parts: DossierParts, account: str, from_ms: int, to_ms: int, text: Text
) -> Iterator[DayEntry]:
    cases = [one.id for one in parts.cases.of_account(account, from_ms)]
    who = parts.names()
    for step in parts.cases.steps_of(cases):
        if from_ms <= step.at_ms <= to_ms:
            title = text(f"ui.riskdesk.step.{step.what}")
            told = (
                who.get(step.who, ""),
                step.facts.get("basis", ""),
                step.facts.get("lesson", ""),
            )
            detail = " · ".join(one for one in told if one)
            yield DayEntry(step.at_ms, Strand.CASE, title, detail, "", step.case)


def _deeds(parts: DossierParts, about: str, day: str, locale: str) -> Iterator[DayEntry]:
    asked, after, told = AuditFilter(q=about, from_day=day, to_day=day), "", 0
    while told < MOST:
        page = parts.audit.page(asked, locale, after=after)
        for line in page.items:
            if line.kind not in NOT_DEEDS:
                told += 1
                title = " · ".join(one for one in (line.kind_text, line.what_text) if one)
                detail = " · ".join(one for one in (line.who, line.why, line.outcome_text) if one)
                yield DayEntry(line.at_ms, Strand.STAFF, title, detail)
        if page.next is None:
            return
        after = page.next
