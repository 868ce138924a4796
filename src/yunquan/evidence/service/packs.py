"""Making a pack: what it is about, everything that is known of it, signed."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from yunquan import clients, history
from yunquan.evidence import rules, store
from yunquan.evidence.adapters.archive import packed
from yunquan.evidence.events import PackMade
from yunquan.evidence.ports import Source
from yunquan.evidence.service.logged import events_of
from yunquan.evidence.service.shown import ShownKeeper
from yunquan.evidence.types import (
    Item,
    LoggedEvent,
    Manifest,
    NewShown,
    PackId,
    PackLine,
    RecordEntry,
    Scope,
    Shown,
    Signature,
)
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.proof import HeadSigner
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.kernel.zone import in_market_zone
from yunquan.security import find_principal_of

HOUR_MS: Final = 3_600_000
# Around an order: from the morning it was placed to the settlement of what it bought.
BEFORE_MS: Final = 12 * HOUR_MS
AFTER_MS: Final = 72 * HOUR_MS
LONGEST_SPAN_MS: Final = 400 * 24 * HOUR_MS
MOST_ORDERS: Final = 2_000
LONGEST_LIST: Final = 100


@dataclass(frozen=True, slots=True)
class PackParts:
    """What packs are made from. logs: the database of each stream. fields_of: names of an event's
    fields by its tag. firm: our member code.
    """

    database: Database
    logs: Mapping[str, Database]
    sources: Sequence[Source]
    signer: HeadSigner
    catalogue: Catalogue
    fields_of: Mapping[str, tuple[str, ...]]
    firm: str
    simulated: bool


class Evidence:
    """The office of evidence 举证: keeps screens, makes packs, hands them out."""

    def __init__(self, parts: PackParts) -> None:
        self._parts = parts
        self._keeper = ShownKeeper(parts.database)

    async def keep(self, shown: NewShown) -> Shown:
        """What a client has before them, durable before it takes effect."""
        return await self._keeper.keep(shown)

    def about_order(self, order: str) -> Scope:
        """Everything around one order. Raises NotFound order.unknown."""
        with self._parts.database.read() as tx:
            row = history.find_order(tx, order)
            if row is None:
                raise NotFound("order.unknown", order=order[:40])
            now_ms = to_ms(self._parts.database.clock.now())
            span = (row.at_ms - BEFORE_MS, min(row.at_ms + AFTER_MS, now_ms))
            return self._scope(tx, row.account, span, [row], order)

    def about_account(self, account: str, from_ms: int, to_ms: int) -> Scope:
        """Everything of an account in a span. Raises NotFound account.unknown, Invalid
        evidence.span.
        """
        if not 0 < to_ms - from_ms <= LONGEST_SPAN_MS:
            raise Invalid("evidence.span", days=LONGEST_SPAN_MS // (24 * HOUR_MS))
        with self._parts.database.read() as tx:
            rows = history.orders_between(tx, account, from_ms, to_ms, MOST_ORDERS)
            return self._scope(tx, account, (from_ms, to_ms), rows, "")

    def _scope(
        self, tx: ReadTx, account: str, span: tuple[int, int], rows: Sequence[Any], order: str
    ) -> Scope:
        owner = clients.owner_of(tx, account)
        if owner is None:
            raise NotFound("account.unknown", account=account[:40])
        principal = find_principal_of(tx, str(owner))
        return Scope(
            account,
            str(owner),
            order,
            *span,
            days=tuple(sorted({row.day for row in rows})),
            symbols=tuple(sorted({row.symbol for row in rows})),
            orders=tuple(row.id for row in rows),
            others=(str(principal.id),) if principal else (),
        )

    def make(self, by: str, key: str, scope: Scope, reason: str) -> PackLine:
        """Collect, sign and keep a pack. The same person and key: the same pack. Raises Invalid
        evidence.reason.
        """
        if not 4 <= len(reason.strip()) <= rules.LONGEST_REASON:
            raise Invalid("evidence.reason", most=rules.LONGEST_REASON)
        request, parts = f"{by}:{key}", self._parts
        with parts.database.read() as tx:
            known = store.find_request(tx, request)
        if known is not None:
            return known
        items, records = self._collect(scope)
        with parts.database.transaction(actor=by) as tx:
            known = store.find_request(tx, request)
            if known is not None:
                return known
            pack, made_at_ms = tx.ids.new(PackId), tx.now_ms()
            head = {
                "pack": str(pack),
                "firm": parts.firm,
                "simulated": parts.simulated,
                "account": scope.account,
                "client": scope.client,
                "order": scope.order,
                "from_ms": scope.from_ms,
                "to_ms": scope.to_ms,
                "made_at_ms": made_at_ms,
                "made_by": by,
                "reason": reason.strip(),
            }
            manifest = rules.manifest_of(head, items, records, self._texts(items))
            data = packed(self._signed(manifest, items))
            line = PackLine(
                pack,
                scope.account,
                scope.client,
                scope.order,
                scope.from_ms,
                scope.to_ms,
                made_at_ms,
                by,
                reason.strip(),
                len(items),
                len(data),
                rules.sm3(data),
            )
            store.insert_pack(tx, line, request, data)
            tx.emit(PackMade(str(pack), line.account, line.order, by, line.reason, line.digest))
        return line

    def _collect(self, scope: Scope) -> tuple[list[Item], list[RecordEntry]]:
        items: list[Item] = []
        events: list[LoggedEvent] = []
        records: list[RecordEntry] = []
        with self._parts.database.read() as tx:
            for source in self._parts.sources:
                items += source(tx, scope)
        for stream, database in sorted(self._parts.logs.items()):
            found, taken = events_of(database, stream, scope, self._parts.fields_of)
            events += found
            records += taken
        body = b"".join(rules.canonical(event) + b"\n" for event in events)
        items.append(Item(rules.EVENTS_FILE, "evidence.file.events", body))
        items.append(Item("index.html", "evidence.file.index", self._index(scope, items, events)))
        return items, records

    def _texts(self, items: Sequence[Item]) -> dict[str, tuple[str, str]]:
        text = self._parts.catalogue.text
        return {item.about: (text(item.about, "zh_CN"), text(item.about, "en")) for item in items}

    def _signed(self, manifest: Manifest, items: Sequence[Item]) -> dict[str, bytes]:
        files = {item.path: item.body for item in items}
        raw = rules.pretty(manifest)
        signer = self._parts.signer
        signature = Signature(
            "SM2 with SM3", rules.sm3(raw), signer.sign_bytes(raw), signer.public_pem().decode()
        )
        return files | {rules.MANIFEST: raw, rules.SIGNATURE: rules.pretty(signature)}

    def _index(self, scope: Scope, items: Sequence[Item], events: Sequence[LoggedEvent]) -> bytes:
        """The story on one page, for whoever opens the archive."""
        text = self._parts.catalogue.text
        rows = "".join(
            f"<tr><td>{_when(event.at_ms)}</td><td>{html.escape(event.event)}</td>"
            f"<td>{html.escape(event.stream)} {event.seq}</td>"
            f"<td><code>{html.escape(rules.canonical(event.fields).decode())}</code></td></tr>"
            for event in sorted(events, key=lambda event: (event.at_ms, event.stream, event.seq))
        )
        files = "".join(
            f'<li><a href="{html.escape(item.path)}">{html.escape(item.path)}</a>'
            f" {html.escape(text(item.about, 'zh_CN'))} {html.escape(text(item.about, 'en'))}</li>"
            for item in sorted(items, key=lambda item: item.path)
        )
        what = scope.order or scope.account
        strip = text("evidence.simulated", "zh_CN") if self._parts.simulated else ""
        return (
            "<!doctype html><html lang=zh-CN><meta charset=utf-8>"
            f"<title>举证包 {html.escape(what)}</title>"
            f"<h1>举证包 Evidence {html.escape(what)}</h1><p>{html.escape(strip)}</p>"
            f"<p>{_when(scope.from_ms)} – {_when(scope.to_ms)}</p><ul>{files}</ul>"
            f"<table border=1 cellpadding=4>{rows}</table></html>\n"
        ).encode()

    def lines(self) -> list[PackLine]:
        """Packs that were made, newest first."""
        with self._parts.database.read() as tx:
            return store.list_packs(tx, LONGEST_LIST)

    def archive(self, pack: str) -> bytes:
        """A pack as it was made. Raises NotFound evidence.unknown."""
        with self._parts.database.read() as tx:
            found = store.find_archive(tx, pack)
        if found is None:
            raise NotFound("evidence.unknown", pack=pack[:40])
        return found


def _when(at_ms: int) -> str:
    return in_market_zone(at_ms).isoformat(sep=" ", timespec="milliseconds")


def field_names(kinds: Sequence[type[msgspec.Struct]]) -> dict[str, tuple[str, ...]]:
    """Names of events' fields by tag."""
    return {str(kind.__struct_config__.tag): kind.__struct_fields__ for kind in kinds}
