"""Keeping documents, reading them, finding them again."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from yunquan.archive import events, store
from yunquan.archive.adapters.sealed_files import SealedFiles
from yunquan.archive.rules import kinds, words
from yunquan.archive.types import (
    Document,
    DocumentFilter,
    DocumentId,
    DocumentLine,
    DocumentPage,
    KindRow,
    Laid,
    NewDocument,
    OpenedDocument,
)
from yunquan.clients import list_clients, load_client
from yunquan.clients.types import ClientId
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused, YunquanError
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.security import Vault, record_look
from yunquan.security.rules import check_reason

LONGEST_PAGE: Final = 50
OPEN_FOR_MS: Final = 15 * 60 * 1000
# Candidates looked at for one page: a word's number may be shared by another word.
MOST_LOOKED_AT: Final = 500
OWNERS_MOST: Final = 50
LONGEST_WHY: Final = 160
_BEGINNING: Final = 16


@cache
def kind_rows() -> tuple[KindRow, ...]:
    """The table of kinds."""
    table = importlib.resources.files("yunquan.archive") / "rules" / "tables" / "kinds.toml"
    return kinds.rows_from(tomllib.loads(table.read_text(encoding="utf-8")))


class Archive:
    """The office of the archive. folder: where files lie. digest_key: of words and digests."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        vault: Vault,
        digest_key: bytes,
        catalogue: Catalogue,
        rows: Iterable[KindRow] | None = None,
    ) -> None:
        self.database = database
        self.catalogue = catalogue
        self.rows = kind_rows() if rows is None else tuple(rows)
        self.files = SealedFiles(folder, vault, digest_key)
        self._vault = vault
        self._digest_key = digest_key

    # --- keeping

    def lay(self, media_type: str, pieces: Iterable[bytes]) -> Laid:
        """Bring a large content to disk before any transaction is open; `keep` makes a document of
        it. Laid and not kept, it is swept. Raises Invalid archive.too_large, archive.empty.
        """
        return self.files.lay(pieces, media_type, kinds.LARGEST)

    def keep(self, tx: Tx, new: NewDocument) -> DocumentId:
        """A document, durable once the transaction is; the same owner, kind and content again: the
        same document. Raises Invalid archive.*, Unavailable archive.disk.
        """
        content = new.content
        if isinstance(content, Laid):
            beginning, digest = self._beginning(content), content.digest
            if content.media_type != new.media_type:
                raise Invalid("archive.media_type", media_type=new.media_type)
        else:
            beginning, digest = content[:_BEGINNING], self.files.digest(content)
        _raise(kinds.check_new(self.rows, new, beginning), Invalid)
        if known := store.find_same(tx, new.owner, new.kind, digest):
            return known.id
        laid = (
            content
            if isinstance(content, Laid)
            else self.files.lay([content], new.media_type, kinds.LARGEST)
        )
        document = tx.ids.new(DocumentId)
        number = store.insert_document(tx, self._values(tx, new, laid, document))
        if number is None:
            # Somebody kept it at the same moment; our file is an orphan and will be swept.
            known = store.find_same(tx, new.owner, new.kind, digest)
            if known is None:
                raise Conflict("archive.laid_twice", file=laid.address)
            return known.id
        text = f"{new.title.strip()} {new.text[: words.LONGEST_TEXT]}"
        store.insert_words(tx, number, self._numbers(text))
        tx.emit(
            events.DocumentKept(
                str(document),
                new.kind,
                new.owner,
                digest,
                laid.address,
                laid.size,
                new.source,
                tx.actor,
            )
        )
        return document

    def _numbers(self, text: str) -> frozenset[int]:
        some = frozenset(sorted(words.words_of(text))[: words.MOST_WORDS])
        return words.numbers_of(self._digest_key, some)

    def numbers_of(self, document: Document) -> frozenset[int]:
        """The words under which a document is found."""
        return self._numbers(self._text(document))

    def _beginning(self, laid: Laid) -> bytes:
        return b"".join(self.files.read(laid.address, laid.key_sealed, laid.size, 0, _BEGINNING))

    def _values(
        self, tx: Tx, new: NewDocument, laid: Laid, document: DocumentId
    ) -> dict[str, object]:
        title, text = new.title.strip(), new.text[: words.LONGEST_TEXT]
        return {
            "id": str(document),
            "kind": new.kind,
            "owner": new.owner,
            "twin": 0,
            "digest": laid.digest,
            "media_type": new.media_type,
            "size": laid.size,
            "address": laid.address,
            "day": new.day,
            "source": new.source,
            "kept_at_ms": tx.now_ms(),
            "destroyed_at_ms": 0,
            "title_sealed": self._vault.seal(title, f"title:{document}"),
            "text_sealed": self._vault.seal(text, f"text:{document}"),
            "key_sealed": laid.key_sealed,
        }

    # --- reading

    def read(self, tx: ReadTx, document: str) -> bytes:
        """The whole content, for machines. Raises NotFound archive.unknown, archive.damaged;
        Unavailable archive.damaged; Conflict archive.destroyed.
        """
        found = self._load(tx, document)
        return b"".join(self._parts(found)(0, found.size))

    def open(self, actor: str, document: str, why: str, locale: str = "zh_CN") -> OpenedDocument:
        """The document for somebody's eyes: that they looked, and why, is written down first.
        Raises Invalid look.reason_needed, and as `read` does.
        """
        # The document's name is added to the reason, and must not make up for one.
        _raise(check_reason(why[:LONGEST_WHY]), Invalid)
        why = why[:LONGEST_WHY]
        with self.database.transaction(actor=actor) as tx:
            found = self._load(tx, document)
            look = record_look(tx, found.owner, "document", f"{why.strip()} · {document}")
            until_ms = tx.now_ms() + OPEN_FOR_MS
            store.save_opening(tx, actor, document, str(look.id), until_ms)
        return self._opened(found, until_ms, locale)

    def reopen(self, actor: str, document: str, locale: str = "zh_CN") -> OpenedDocument:
        """What this person has open still: a player asks for a film in many parts. Raises Invalid
        look.reason_needed once the time is over.
        """
        with self.database.read() as tx:
            found = self._load(tx, document)
            until_ms = store.opened_until(tx, actor, document)
        if until_ms <= to_ms(self.database.clock.now()):
            raise Invalid("archive.opening_over", document=document)
        return self._opened(found, until_ms, locale)

    def _opened(self, found: Document, until_ms: int, locale: str) -> OpenedDocument:
        with self.database.read() as tx:
            line = self._lines(tx, [found], locale)[0]
        return OpenedDocument(line, until_ms, self._parts(found))

    def _load(self, tx: ReadTx, document: str) -> Document:
        found = store.find_document(tx, document)
        if found is None:
            raise NotFound("archive.unknown", document=document[:40])
        if found.key_sealed is None:
            raise Conflict("archive.destroyed", document=document)
        return found

    def _parts(self, found: Document) -> Callable[[int, int], Iterator[bytes]]:
        key = found.key_sealed
        assert key is not None

        def parts(begin: int, end: int) -> Iterator[bytes]:
            try:
                yield from self.files.read(found.address, key, found.size, begin, end)
            except YunquanError as error:
                # Staff know a document by its id, not by its file.
                error.facts["document"] = str(found.id)
                raise

        return parts

    # --- finding

    def find(
        self, asked: DocumentFilter, locale: str = "zh_CN", *, after: str = "", limit: int = 50
    ) -> DocumentPage:
        """A page for staff, newest first. Raises Invalid archive.text_short."""
        wanted = words.plain(asked.text)
        sought = words.words_of(wanted)
        if wanted and not sought:
            raise Invalid("archive.text_short")
        before = int(after) if after.isascii() and after.isdigit() else 0
        limit = max(1, min(limit, LONGEST_PAGE))
        with self.database.read() as tx:
            owners = self._owners(tx, asked.client.strip())
            if asked.client.strip() and not owners:
                return DocumentPage((), "")
            found, last = self._matching(tx, asked, owners, wanted, before, limit)
            lines = self._lines(tx, found, locale)
        return DocumentPage(tuple(lines), str(last) if last else "")

    def _matching(
        self,
        tx: ReadTx,
        asked: DocumentFilter,
        owners: list[str],
        wanted: str,
        before: int,
        limit: int,
    ) -> tuple[list[Document], int]:
        """Documents that hold the text, and where the next page begins (0: nowhere)."""
        numbers = words.numbers_of(self._digest_key, words.words_of(wanted))
        found: list[Document] = []
        looked_at = 0
        ordered = store.rarest_first(tx, numbers)
        while looked_at < MOST_LOOKED_AT:
            some = store.page_of_documents(
                tx,
                owners=owners,
                kind=asked.kind,
                days=(asked.from_day, asked.to_day),
                numbers=ordered,
                before=before,
                limit=limit,
            )
            for one in some:
                before, looked_at = one.number, looked_at + 1
                if not wanted or words.holds_text(self._text(one), wanted):
                    found.append(one)
                if len(found) == limit:
                    return found, before
            if len(some) < limit:
                return found, 0
        return found, before

    def _text(self, one: Document) -> str:
        if one.title_sealed is None or one.text_sealed is None:
            return ""
        title = self._vault.open(one.title_sealed, f"title:{one.id}")
        return f"{title} {self._vault.open(one.text_sealed, f'text:{one.id}')}"

    @staticmethod
    def _owners(tx: ReadTx, client: str) -> list[str]:
        if not client:
            return []
        if "_" in client:
            return [client]
        return [str(line.id) for line in list_clients(tx, client, "", OWNERS_MOST)]

    def kinds(self) -> tuple[str, ...]:
        """Every kind there is or was."""
        return tuple(dict.fromkeys(row.kind for row in self.rows))

    def _lines(self, tx: ReadTx, found: list[Document], locale: str) -> list[DocumentLine]:
        owners = {one.owner for one in found}
        ended, held = store.ended_on(tx, owners), store.held(tx, owners)
        names = {owner: _name(tx, owner) for owner in owners}
        return [
            DocumentLine(
                str(one.id),
                one.kind,
                self.catalogue.text(f"archive.kind.{one.kind}", locale),
                one.owner,
                names[one.owner],
                words.masked_title(self._vault.open(one.title_sealed, f"title:{one.id}"))
                if one.title_sealed
                else "",
                one.media_type,
                one.size,
                one.day,
                one.source,
                one.kept_at_ms,
                kinds.retain_until(self.rows, one.kind, one.day, ended.get(one.owner, "")),
                bool(held.get(one.owner)),
                bool(one.destroyed_at_ms),
            )
            for one in found
        ]

    def hand_over(self, tx: Tx, before: str, after: str) -> int:
        """What was kept for an application is the client's from here on; how many documents.
        Again: none.
        """
        count = store.hand_over(tx, before, after)
        if count:
            tx.emit(events.DocumentsHandedOver(before, after, count, tx.actor))
        return count


def _name(tx: ReadTx, owner: str) -> str:
    """A client's name, masked; "" for an application."""
    if not owner.startswith(f"{ClientId.prefix}_"):
        return ""
    try:
        return load_client(tx, ClientId(owner)).name_masked
    except NotFound:
        return ""


def _raise(refused: Refused | None, kind: type[YunquanError]) -> None:
    if refused:
        raise kind(refused.code, **refused.facts)
