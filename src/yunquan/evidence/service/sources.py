"""What goes into a pack, kind by kind: screens, orders, postings, market, rules, looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from yunquan import funding, history, security
from yunquan.evidence import rules, store
from yunquan.evidence.ports import Source
from yunquan.evidence.types import Item, Scope
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.proof import SignedHead
from yunquan.kernel.transaction import ReadTx
from yunquan.market import explain
from yunquan.market.rules import RuleBook
from yunquan.quotes import TapeReader
from yunquan.quotes.types import QuoteTick, TapeHole

MOST_ROWS: Final = 20_000
MOST_TICKS: Final = 5_000
BEFORE_S: Final = 60
AFTER_S: Final = 600
DAY_S: Final = 86_399
LOCALES: Final = ("zh_CN", "en")
HEADS_AFTER_MS: Final = 48 * 3_600_000


def of_the_house(
    book: RuleBook, catalogue: Catalogue, tape_folder: Path, heads_folder: Path
) -> tuple[Source, ...]:
    """Everything the rooms below know of a client. Rooms beside this one hand in their own."""
    return (
        screens,
        orders,
        postings,
        transfers,
        looks,
        rules_in_force(book, catalogue),
        tape(tape_folder),
        signed_heads(heads_folder),
    )


def screens(tx: ReadTx, scope: Scope) -> list[Item]:
    """What was shown and ticked."""
    rows = store.list_shown(tx, scope.account, scope.from_ms, scope.to_ms, MOST_ROWS)
    return [Item(rules.SHOWN_FILE, "evidence.file.shown", rules.pretty(rows))] if rows else []


def _row(row: Any) -> dict[str, Any]:
    return dict(row._mapping)


def orders(tx: ReadTx, scope: Scope) -> list[Item]:
    """Each order with its executions and every step it went through."""
    found: list[dict[str, Any]] = []
    for order in scope.orders:
        row = history.load_order(tx, scope.account, order)
        if row is None:
            continue
        fills = history.load_fills(tx, scope.account, order=order, limit=MOST_ROWS)
        steps = history.load_steps(tx, order, MOST_ROWS)
        told = _row(row) | {"facts": msgspec.json.decode(row.facts)}
        told["fills"] = [_row(fill) for fill in reversed(fills)]
        told["steps"] = [_row(s) | {"detail": msgspec.json.decode(s.detail)} for s in steps]
        found.append(told)
    if not found:
        return []
    return [Item(rules.ORDERS_FILE, "evidence.file.orders", rules.pretty(found))]


def postings(tx: ReadTx, scope: Scope) -> list[Item]:
    """Every movement of the account's money and securities in the span."""
    found: list[dict[str, Any]] = []
    before: int | None = None
    while page := history.load_postings(tx, scope.account, before=before, limit=1000):
        found += [_row(row) for row in page if scope.from_ms <= row.at_ms <= scope.to_ms]
        if page[-1].at_ms < scope.from_ms or len(found) >= MOST_ROWS:
            break
        before = page[-1].seq
    if not found:
        return []
    found.reverse()
    return [Item("postings.json", "evidence.file.postings", rules.pretty(found))]


def transfers(tx: ReadTx, scope: Scope) -> list[Item]:
    """Money in and out through the bank, the bank account masked."""
    found = [
        one
        for one in funding.list_transfers(tx, scope.account, None, 200)
        if scope.from_ms <= one.requested_at_ms <= scope.to_ms
    ]
    if not found:
        return []
    rows = [
        msgspec.to_builtins(one) | {"bank_account": f"…{one.bank_account[-4:]}", "holder": ""}
        for one in found
    ]
    return [Item("transfers.json", "evidence.file.transfers", rules.pretty(rows))]


def looks(tx: ReadTx, scope: Scope) -> list[Item]:
    """Which staff saw the client's sensitive data in the span, and why."""
    found = [
        one
        for one in security.list_looks(tx, scope.client, 1000)
        if scope.from_ms <= one.at_ms <= scope.to_ms
    ]
    return [Item("looks.json", "evidence.file.looks", rules.pretty(found))] if found else []


def rules_in_force(book: RuleBook, catalogue: Catalogue) -> Callable[[ReadTx, Scope], list[Item]]:
    """The rules that held for what was traded, with their sources, in both languages."""

    def collect(tx: ReadTx, scope: Scope) -> list[Item]:
        items: list[Item] = []
        for day in scope.days:
            for symbol in scope.symbols:
                told = {}
                for locale in LOCALES:

                    def text(code: str, /, *, _in: str = locale, **facts: Any) -> str:
                        return catalogue.text(code, _in, **facts)

                    told[locale] = explain(tx, book, symbol, day, None, locale, text)
                path = f"rules/{day}/{symbol}.json"
                items.append(Item(path, "evidence.file.rules", rules.pretty(told)))
        return items

    return collect


def tape(folder: Path) -> Callable[[ReadTx, Scope], list[Item]]:
    """What the market did around each order: quotes and trades as we heard them."""

    def collect(tx: ReadTx, scope: Scope) -> list[Item]:
        reader = TapeReader(folder)
        kept = set(reader.days())
        items: list[Item] = []
        for order in scope.orders:
            row = history.load_order(tx, scope.account, order)
            if row is None or row.day not in kept or not row.clock_s:
                continue
            since, until = max(row.clock_s - BEFORE_S, 0), min(row.clock_s + AFTER_S, DAY_S)
            found = reader.read(
                day=row.day, symbols=(row.symbol,), from_time=_time(since), until_time=_time(until)
            )
            lines = [line for _, line in zip(range(MOST_TICKS), _ticks(found), strict=False)]
            if lines:
                path = f"market/{order}.jsonl"
                items.append(Item(path, "evidence.file.market", b"\n".join(lines) + b"\n"))
        return items

    return collect


def _time(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _ticks(found: Iterable[tuple[int, Any]]) -> Iterable[bytes]:
    for seq, tick in found:
        kind = "hole" if isinstance(tick, TapeHole) else "quote"
        if isinstance(tick, QuoteTick):
            told: Any = tick.quote()
        else:
            kind, told = (kind, tick) if kind == "hole" else ("trade", tick)
        body = msgspec.to_builtins(told)
        fields = (
            body if isinstance(body, dict) else dict(zip(_names(told), _bare(body), strict=False))
        )
        heard = getattr(tick, "heard_ms", 0)
        yield rules.canonical({"seq": seq, "kind": kind, "heard_ms": heard, "tick": fields})


def _names(struct: Any) -> tuple[str, ...]:
    return struct.__struct_fields__


def _bare(body: list[Any]) -> list[Any]:
    """Without the tag that tells one array from another."""
    return body[1:] if body and isinstance(body[0], str) and len(body[0]) == 1 else body


def signed_heads(folder: Path) -> Callable[[ReadTx, Scope], list[Item]]:
    """The log's heads of the days in question, as they were signed then."""

    def collect(_: ReadTx, scope: Scope) -> list[Item]:
        items: list[Item] = []
        for path in sorted(folder.glob("*.json")):
            body = path.read_bytes()
            head = msgspec.json.decode(body, type=SignedHead)
            if scope.from_ms <= head.at_ms <= scope.to_ms + HEADS_AFTER_MS:
                items.append(Item(f"log/heads/{path.name}", "evidence.file.heads", body))
        return items

    return collect
