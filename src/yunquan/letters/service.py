"""Drafting from a case, previewing, issuing by two people, handing to the client."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from yunquan import approvals
from yunquan.approvals.rules import decide_carrying_out, is_whole
from yunquan.approvals.types import OPEN_FOR_A_DAY_MS, NewProposal, Proposal
from yunquan.archive import Archive
from yunquan.archive.types import NewDocument
from yunquan.cases import Cases
from yunquan.clients import load_client, owner_of
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database, Tx
from yunquan.letters import events, rules, store
from yunquan.letters.ports import Sealer
from yunquan.letters.types import (
    Letter,
    LetterId,
    LetterKind,
    LetterPaper,
    LetterState,
    LetterWish,
    SealedPaper,
)
from yunquan.statements import Printer
from yunquan.surveillance import Alerts

ISSUE: Final = "letters.issue"
PDF: Final = "application/pdf"
ARCHIVED_AS: Final = "risk_letter"
LONGEST_LIST: Final = 50
LANGUAGES: Final = (("zh", "zh_CN"), ("en", "en"))
Text = Callable[..., str]


@dataclass(frozen=True, slots=True)
class LetterParts:
    """today: the market's day. simulated: papers say so."""

    database: Database
    catalogue: Catalogue
    cases: Cases
    alerts: Alerts
    archive: Archive
    printer: Printer
    sealer: Sealer
    today: Callable[[], str]
    simulated: bool


class Letters:
    """The office of letters; it carries out what two people agreed to."""

    kinds = (ISSUE,)

    def __init__(self, parts: LetterParts) -> None:
        self._parts = parts
        self._database = parts.database

    # --- writing

    def draft(self, actor: str, key: str, wish: LetterWish) -> Letter:
        """Written from the case as it stands now; the same key again gives the same letter. Raises
        NotFound cases.unknown, Invalid letters.*.
        """
        request = f"{actor}:{key}"
        with self._database.read() as tx:
            if known := store.find_request(tx, request):
                return known
        file = self._parts.cases.open_file(wish.case)
        case = file.case
        if refused := rules.check_wish(wish, case, file.measures):
            raise Invalid(refused.code, **refused.facts)
        seen = {locale: self._parts.alerts.named(file.alerts, locale) for _, locale in LANGUAGES}
        with self._database.transaction(actor=actor) as tx:
            letter, day = str(tx.ids.new(LetterId)), self._parts.today()
            owner = owner_of(tx, case.account)
            name = load_client(tx, owner).name_masked if owner else ""
            papers = tuple(
                LetterPaper(
                    lang,
                    rules.letter_paper(
                        letter,
                        wish,
                        case,
                        seen[locale],
                        file.measures,
                        name,
                        day,
                        self._text(locale),
                        lang,
                        self._mark(locale),
                    ),
                )
                for lang, locale in LANGUAGES
            )
            made = Letter(
                letter,
                case.id,
                LetterKind(wish.kind),
                case.account,
                str(owner or ""),
                day,
                LetterState.DRAFT,
                wish.basis.strip(),
                papers,
                actor,
                tx.now_ms(),
            )
            store.insert_letter(tx, made, request)
            tx.emit(events.LetterDrafted(letter, case.id, str(made.kind), case.account, actor))
        return made

    def _text(self, locale: str) -> Text:
        return lambda code, /, **facts: self._parts.catalogue.text(code, locale, **facts)

    def _mark(self, locale: str) -> str:
        return self._text(locale)("letters.simulated") if self._parts.simulated else ""

    # --- reading

    def of_case(self, case: str) -> list[Letter]:
        """Newest first."""
        with self._database.read() as tx:
            return store.letters_of(tx, case, LONGEST_LIST)

    def load(self, letter: str) -> Letter:
        """Raises NotFound letters.unknown."""
        with self._database.read() as tx:
            if found := store.find_letter(tx, letter):
                return found
        raise NotFound("letters.unknown", letter=letter[:40])

    def of_client(self, letter: str, accounts: tuple[str, ...]) -> Letter:
        """A letter to one of these accounts, issued. Raises NotFound letters.unknown for any
        other.
        """
        found = self.load(letter)
        mine = found.account in accounts and found.kind in rules.TO_CLIENT
        if not mine or found.state is not LetterState.ISSUED:
            raise NotFound("letters.unknown", letter=letter[:40])
        return found

    async def pdf(self, letter: Letter, lang: str) -> bytes:
        """The paper: of an issued one the very bytes in the archive. Raises Unavailable
        statement.busy, NotFound and Unavailable archive.*.
        """
        for one in letter.documents:
            if one.lang == lang:
                return await asyncio.to_thread(self._archived, one.document)
        papers = {one.lang: one.paper for one in letter.papers}
        return await self._parts.printer.pdf(papers.get(lang, letter.papers[0].paper))

    def _archived(self, document: str) -> bytes:
        with self._database.read() as tx:
            return self._parts.archive.read(tx, document)

    # --- issuing

    def propose(self, actor: str, key: str, letter: str) -> Proposal:
        """Have it issued; another person must agree. Raises NotFound letters.unknown, Conflict
        letters.issued.
        """
        with self._database.transaction(actor=actor) as tx:
            one = store.find_letter(tx, letter)
            if one is None:
                raise NotFound("letters.unknown", letter=letter[:40])
            if one.state is LetterState.ISSUED:
                raise Conflict("letters.issued")
            new = NewProposal(
                ISSUE, {"letter": one.id}, one.basis[:200], key, True, OPEN_FOR_A_DAY_MS
            )
            proposal = approvals.propose(tx, new)
            store.update_letter(
                tx,
                msgspec.structs.replace(one, state=LetterState.PROPOSED, proposal=str(proposal.id)),
            )
        return proposal

    def sentence(self, proposal: Proposal, locale: str, text: Text) -> str:
        """What will be sent to whom."""
        one = self.load(proposal.wish["letter"])
        return text("letters.will", kind=text(f"letters.{one.kind}"), account=one.account)

    async def carry_out(self, actor: str, proposal: Proposal) -> Proposal:
        """Print, seal, archive, send; again only says so. Raises Conflict proposal.*,
        letters.issued; Unavailable where a printer or seal is.
        """
        if is_whole(proposal):
            return proposal
        now_ms = to_ms(self._database.clock.now())
        if refused := decide_carrying_out(proposal, now_ms):
            raise Conflict(refused.code, **refused.facts)
        one = await asyncio.to_thread(self.load, proposal.wish["letter"])
        if one.state is LetterState.ISSUED:
            raise Conflict("letters.issued")
        made = [(each.lang, await self._parts.printer.pdf(each.paper)) for each in one.papers]
        sealed = await asyncio.to_thread(self._sealed, made)
        return await asyncio.to_thread(self._issued, actor, proposal, one, sealed)

    def _sealed(self, made: list[tuple[str, bytes]]) -> list[tuple[str, bytes, bytes]]:
        return [(lang, pdf, self._parts.sealer.seal(pdf)) for lang, pdf in made]

    def _issued(
        self,
        actor: str,
        proposal: Proposal,
        one: Letter,
        sealed: list[tuple[str, bytes, bytes]],
    ) -> Proposal:
        with self._database.transaction(actor=actor) as tx:
            documents = tuple(self._kept(tx, one, *each) for each in sealed)
            issued = msgspec.structs.replace(
                one,
                state=LetterState.ISSUED,
                documents=documents,
                issued_by=actor,
                issued_at_ms=tx.now_ms(),
            )
            store.update_letter(tx, issued)
            tx.emit(
                events.LetterIssued(
                    one.id,
                    one.case,
                    str(one.kind),
                    one.account,
                    [each.document for each in documents],
                    [each.sha256 for each in documents],
                    actor,
                )
            )
            if one.kind in rules.TO_CLIENT:
                tx.emit(events.ClientLetterSent(one.id, one.account, str(one.kind)))
            return approvals.record_outcome(tx, str(proposal.id), {"letters": ""})

    def _kept(self, tx: Tx, one: Letter, lang: str, pdf: bytes, seal: bytes) -> SealedPaper:
        papers: dict[str, Any] = {each.lang: each.paper for each in one.papers}
        # Without a client of ours it is the case's own.
        owner, found_by = one.client or one.case, f"{one.id} {one.case} {one.account}"
        new = NewDocument(
            ARCHIVED_AS, owner, papers[lang].title, PDF, pdf, found_by, one.day, "letters"
        )
        document = str(self._parts.archive.keep(tx, new))
        return SealedPaper(lang, document, hashlib.sha256(pdf).hexdigest(), seal)
