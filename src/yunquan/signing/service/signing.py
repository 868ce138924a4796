"""Agreements shown, signed together, sealed, archived."""

from __future__ import annotations

import hashlib
import importlib.resources
import secrets
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec
from pyhanko.sign.general import SigningError
from pyhanko_certvalidator.errors import PathError, ValidationError

from yunquan.archive import Archive
from yunquan.archive.types import NewDocument
from yunquan.clients.rules import mask_name
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.kernel.zone import in_market_zone
from yunquan.signing import events, store
from yunquan.signing.adapters.pades import PaperSigner, Place
from yunquan.signing.adapters.sheet_printer import SheetPrinter
from yunquan.signing.adapters.sm2_seal import SealMaker, sm3
from yunquan.signing.ports import TimeStampAuthority
from yunquan.signing.rules import papers, shown, texts
from yunquan.signing.service.vouching import Vouching, serial_of
from yunquan.signing.types import (
    Agreement,
    AgreementText,
    Sheet,
    Shown,
    SignedDocument,
    SignedSet,
    SignedSetId,
    Signer,
    Stamp,
    Tick,
)

# The foot of the last page of `agreement.typ`, in points: 22 mm in, 20 mm up, 166 by 42 mm.
BOX: Final = (62, 57, 533, 176)
LONGEST_KEY: Final = 80
SOURCE: Final = "signing"


@cache
def agreement_texts() -> tuple[AgreementText, ...]:
    """Every version of every agreement."""
    folder = importlib.resources.files("yunquan.signing") / "rules" / "agreements"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return texts.texts_from(
        tomllib.loads((folder / name).read_text(encoding="utf-8")) for name in names
    )


@dataclass(frozen=True, slots=True)
class SigningParts:
    """What signing stands on. simulated: papers say so."""

    database: Database
    archive: Archive
    catalogue: Catalogue
    printer: SheetPrinter
    vouching: Vouching
    stamps: TimeStampAuthority
    sealer: SealMaker
    now: Callable[[], datetime]
    simulated: bool


class Signing:
    """The office of electronic signatures."""

    def __init__(
        self, parts: SigningParts, agreements: Sequence[AgreementText] | None = None
    ) -> None:
        self._parts = parts
        self._texts = agreement_texts() if agreements is None else tuple(agreements)

    # --- before it is signed

    def agreements(self, locale: str, day: str) -> tuple[Agreement, ...]:
        """What there is to sign on a day, in the order people sign it."""
        say, english = self._text(locale), locale == "en"
        return tuple(
            Agreement(
                one.code,
                one.version,
                one.title_en if english else one.title_zh,
                one.summary_en if english else one.summary_zh,
                one.must_scroll,
                one.least_s,
                tuple(Tick(code, say(f"signing.tick.{code}")) for code in one.ticks),
                one.facts,
            )
            for one in texts.in_force(self._texts, day)
        )

    def preview(self, code: str, locale: str, facts: Mapping[str, str]) -> bytes:
        """The paper to be read, PDF; the same facts give the same bytes, and what is signed begins
        with them. facts: those the agreement names, `day` among them. Raises Invalid
        signing.agreement_unknown, signing.fact_missing, signing.fact_malformed.
        """
        (text,) = self._picked([code], facts.get("day", ""))
        return self._paper(text, locale, {**facts, "firm": self.firm})

    def sheet(self, code: str, locale: str, facts: Mapping[str, str]) -> Sheet:
        """The same paper as words, for a page to show. Raises as `preview`."""
        (text,) = self._picked([code], facts.get("day", ""))
        return self._sheet(text, locale, {**facts, "firm": self.firm})

    @property
    def firm(self) -> str:
        """Our name, as papers have it."""
        return self._parts.catalogue.text("statement.firm")

    def _picked(self, codes: Collection[str], day: str) -> tuple[AgreementText, ...]:
        found = texts.pick(self._texts, codes, day)
        if isinstance(found, Refused):
            raise Invalid(found.code, **found.facts)
        return found

    def _paper(self, text: AgreementText, locale: str, facts: Mapping[str, str]) -> bytes:
        return self._parts.printer.agreement(self._sheet(text, locale, facts))

    def _sheet(self, text: AgreementText, locale: str, facts: Mapping[str, str]) -> Sheet:
        if refused := papers.check_facts(text, facts):
            raise Invalid(refused.code, **refused.facts)
        say = self._text(locale)
        mark = say("signing.simulated") if self._parts.simulated else ""
        return papers.sheet_of(text, facts, locale, say, mark)

    def _text(self, locale: str) -> papers.Text:
        return lambda code, /, **facts: self._parts.catalogue.text(code, locale, **facts)

    # --- signing

    def sign(
        self, actor: str, key: str, signer: Signer, codes: Sequence[str], seen: Shown
    ) -> SignedSet:
        """All of these agreements signed, sealed and archived, or none; the same key again tells
        what came of it. Slow: not inside a transaction. Raises Invalid signing.* for what was not
        shown, read, ticked; Conflict signing.reused; Unavailable signing.ca_down and the like.
        """
        if not 0 < len(key) <= LONGEST_KEY:
            raise Invalid("signing.key")
        if refused := papers.check_signer(signer):
            raise Invalid(refused.code, **refused.facts)
        body = _digest([signer.owner, signer.id_digest, signer.locale, signer.day, sorted(codes)])
        request = f"{actor}:{key}"
        if known := self._known(request, body):
            return known
        chosen, at = self._picked(codes, signer.day), self._parts.now().replace(microsecond=0)
        facts = papers.facts_of(signer, self.firm)
        previews = {one.code: self._paper(one, signer.locale, facts) for one in chosen}
        digests = {code: hashlib.sha256(pdf).hexdigest() for code, pdf in previews.items()}
        if refused := shown.check_shown(chosen, seen, digests, to_ms(self._parts.now())):
            raise Invalid(refused.code, **refused.facts)
        titles = {one.code: one.title_zh for one in chosen}
        evidence = msgspec.json.format(
            msgspec.json.encode(shown.evidence_of(signer, seen, titles, key, to_ms(at)))
        )
        made, serial = self._signed(signer, chosen, previews, evidence, at)
        try:
            return self._kept(actor, request, body, signer, made, serial, evidence, at)
        except _Raced:
            # The same request came twice at once; ours left nothing but files to be swept.
            known = self._known(request, body)
            assert known
            return known

    def _known(self, request: str, body: str) -> SignedSet | None:
        with self._parts.database.read() as tx:
            known = store.find_request(tx, request)
            if known is None:
                return None
            if known[1] != body:
                raise Conflict("signing.reused")
            return self._with_papers(tx, known[0])

    def _with_papers(self, tx: Any, made: SignedSet) -> SignedSet:
        whole = tuple(
            replace(one, pdf=self._parts.archive.read(tx, one.document)) for one in made.documents
        )
        return replace(made, documents=whole)

    def _signed(
        self,
        signer: Signer,
        chosen: Sequence[AgreementText],
        previews: Mapping[str, bytes],
        evidence: bytes,
        at: datetime,
    ) -> tuple[tuple[SignedDocument, ...], str]:
        """The papers with their seals, and the serial number of the certificate they share."""
        means = self._parts.vouching.means(signer, at)
        serial, told = serial_of(means), hashlib.sha256(evidence).hexdigest()
        hand = PaperSigner(means, self._parts.stamps)
        made: list[SignedDocument] = []
        for text in chosen:
            code = "".join(map(secrets.choice, [papers.CODE_CHARACTERS] * papers.CODE_LENGTH))
            picture = self._parts.printer.stamp(self._stamp(signer, code, serial, at))
            place = Place(BOX, picture, f"{papers.EVIDENCE}{told}", papers.spelled(code))
            try:
                pdf = hand.sign(previews[text.code], place)
            except (SigningError, PathError, ValidationError) as error:
                raise Unavailable("signing.certificate_wrong") from error
            made.append(
                SignedDocument(
                    text.code,
                    text.version,
                    text.title_zh,
                    "",
                    hashlib.sha256(pdf).hexdigest(),
                    sm3(pdf).hex(),
                    code,
                    self._parts.sealer.seal(pdf),
                    pdf,
                )
            )
        return tuple(made), serial

    def _stamp(self, signer: Signer, code: str, serial: str, at: datetime) -> Stamp:
        say = self._text(signer.locale)
        when = in_market_zone(to_ms(at)).strftime("%Y-%m-%d %H:%M:%S +08:00")
        kind = self._parts.catalogue.text("signing.seal_kind")
        return papers.stamp_of(signer, code, serial, when, kind, self.firm, say)

    def _kept(
        self,
        actor: str,
        request: str,
        body: str,
        signer: Signer,
        made: Sequence[SignedDocument],
        serial: str,
        evidence: bytes,
        at: datetime,
    ) -> SignedSet:
        """Everything in one transaction, after the files of it are on disk."""
        archive, found_by = self._parts.archive, " ".join([signer.name, *signer.facts.values()])
        laid = [archive.lay("application/pdf", [one.pdf]) for one in made]
        proof = archive.lay("application/json", [evidence])
        with self._parts.database.transaction(actor=actor) as tx:

            def keep(kind: str, title: str, media: str, content: Any, text: str) -> str:
                new = NewDocument(
                    kind, signer.owner, title, media, content, text, signer.day, SOURCE
                )
                return str(archive.keep(tx, new))

            kept = tuple(
                replace(
                    one,
                    document=keep(
                        "agreement",
                        one.title,
                        "application/pdf",
                        content,
                        f"{found_by} {papers.spelled(one.verify_code)} {one.verify_code}",
                    ),
                )
                for one, content in zip(made, laid, strict=True)
            )
            title = self._parts.catalogue.text("signing.evidence_title", count=len(kept))
            record = keep("signing_evidence", title, "application/json", proof, found_by)
            whole = SignedSet(
                tx.ids.new(SignedSetId),
                signer.owner,
                mask_name(signer.name),
                serial,
                record,
                to_ms(at),
                kept,
            )
            if not store.insert_set(tx, whole, request, body):
                raise _Raced
            tx.emit(_signed_event(tx, whole, evidence))
        return whole

    # --- afterwards

    def sets_of(self, owner: str, limit: int = 20) -> list[SignedSet]:
        """What somebody signed, newest first, without the PDFs: they are in the archive."""
        with self._parts.database.read() as tx:
            return store.sets_of(tx, owner, limit)

    def sets_in(self, tx: ReadTx, owner: str, limit: int = 20) -> list[SignedSet]:
        """As `sets_of`, inside a transaction."""
        return store.sets_of(tx, owner, limit)

    def text_of(self, code: str, version: int) -> AgreementText | None:
        """What an agreement said in a version, None where there is none."""
        same = (one for one in self._texts if (one.code, one.version) == (code, version))
        return next(same, None)

    def load_set(self, key: str) -> SignedSet:
        """What was signed under a caller and key ("actor:key"). Raises NotFound signing.unknown."""
        with self._parts.database.read() as tx:
            known = store.find_request(tx, key)
            if known is None:
                raise NotFound("signing.unknown")
            return self._with_papers(tx, known[0])

    def hand_over(self, tx: Tx, before: str, after: str) -> int:
        """What was signed under an application is the client's from here on; the papers themselves
        are handed over by the archive. How many sets; again: none.
        """
        count = store.hand_over(tx, before, after)
        if count:
            tx.emit(events.SignedSetsHandedOver(before, after, count, tx.actor))
        return count


class _Raced(Exception):
    """Another request under the same key was faster."""


def _signed_event(tx: Tx, made: SignedSet, evidence: bytes) -> events.AgreementsSigned:
    return events.AgreementsSigned(
        str(made.id),
        made.owner,
        [(one.code, one.version, one.sha256) for one in made.documents],
        made.certificate,
        made.evidence,
        hashlib.sha256(evidence).hexdigest(),
        tx.actor,
    )


def _digest(asked: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()
