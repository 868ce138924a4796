"""A case, its measures and its letters, for programs of staff: what the pages let people do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Router, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, Parameter
from litestar.response import Response

from yunquan.approvals import ApprovalQueue
from yunquan.approvals.types import Proposal, QueueLine
from yunquan.cases import CaseFile, Cases
from yunquan.cases.types import Basis, Case, Measure
from yunquan.kernel.idempotency import key_of
from yunquan.letters import Letters
from yunquan.letters.types import Letter, LetterWish
from yunquan.security.types import Session

SEE: Final = {"who": "staff", "roles": ("risk", "operations", "audit")}
ACT: Final = {"who": "staff", "roles": ("risk",)}
KEYED: Final = ACT | {"idempotent": True}
LOOK: Final = SEE | {"look": "risk_case"}
PDF: Final = "application/pdf"
TheCases = NamedDependency[Cases]
TheLetters = NamedDependency[Letters]
CaseName = Annotated[str, Parameter(max_length=40, description="The case's id.")]
MeasureName = Annotated[str, Parameter(max_length=40, description="The measure's id.")]
LetterName = Annotated[str, Parameter(max_length=40, description="The letter's id.")]
Paper = Annotated[str, msgspec.Meta(max_length=80, description="Of a paper from outside.")]


class _Grounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    # All but the contract name document and authority.
    ground: Literal["contract", "exchange", "court", "aml"]
    basis: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    document: Paper = ""
    authority: Paper = ""

    def given(self) -> Basis:
        """What it rests on, as the room has it."""
        paper = (self.document.strip(), self.authority.strip())
        return Basis(self.ground, self.basis.strip(), *paper)


class NewMeasure(_Grounds, frozen=True, kw_only=True):
    """What shall be done. account: one of the case's, "" for its own. detail: a symbol for
    limit_security, orders a minute for throttle.
    """

    kind: Annotated[str, msgspec.Meta(max_length=20, examples=["throttle"])]
    account: Annotated[str, msgspec.Meta(max_length=60)] = ""
    detail: Annotated[str, msgspec.Meta(max_length=20, examples=["60"])] = ""


class NewUndo(_Grounds, frozen=True):
    """Why a measure is taken back."""


class NewOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it was, and what was learnt."""

    outcome: Literal["confirmed", "innocent", "unclear"]
    lesson: Annotated[str, msgspec.Meta(min_length=4, max_length=400)]


class NewLetter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shall be written. basis: article or letter it rests on."""

    kind: Literal["exchange_report", "client_reminder", "client_warning"]
    basis: Annotated[str, msgspec.Meta(min_length=4, max_length=400)]
    remarks: Annotated[str, msgspec.Meta(max_length=400)] = ""


class MeasureDone(msgspec.Struct, frozen=True):
    """A measure, and what another person must agree to before it takes effect; None for nothing."""

    measure: Measure
    waits: QueueLine | None


class LetterLine(msgspec.Struct, frozen=True):
    """A letter without its papers. documents: language, archive id and SHA-256 of what was sealed,
    none before it is issued.
    """

    id: str
    case: str
    kind: str
    account: str
    day: str
    state: str
    basis: str
    by: str
    at_ms: int
    proposal: str
    issued_by: str
    issued_at_ms: int
    documents: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, and the queue of what waits for another person."""

    request: Request[Any, Any, Any]
    approvals: ApprovalQueue
    session: Session
    locale: str

    @property
    def actor(self) -> str:
        """As the log names them."""
        return self.session.actor

    def key(self) -> str:
        """Of the request. Raises Invalid request.key_missing, request.key_malformed."""
        return key_of(self.request.scope["headers"])

    async def waits(self, proposal: Proposal | None) -> QueueLine | None:
        """A proposal as this member of staff sees it."""
        if proposal is None:
            return None
        return await asyncio.to_thread(self.approvals.line, self.actor, proposal, self.locale)


def make_acting(
    request: Request[Any, Any, Any],
    approvals: NamedDependency[ApprovalQueue],
    session: NamedDependency[Session],
    locale: NamedDependency[str],
) -> Acting:
    """The framework's way to it."""
    return Acting(request, approvals, session, locale)


TheActing = NamedDependency[Acting]


# --- cases


@get("/cases/{case:str}", opt=LOOK, summary="A case with its timeline, measures and alerts")
async def case_file(cases: TheCases, case: CaseName) -> CaseFile:
    """`alerts`: ids, newest first."""
    return await asyncio.to_thread(cases.open_file, case)


@put("/cases/{case:str}/taken", status_code=200, opt=ACT, summary="Take a case")
async def take_case(acting: TheActing, cases: TheCases, case: CaseName) -> Case:
    """It is the caller's from now on; again only says so."""
    return await asyncio.to_thread(cases.take, acting.actor, case)


@put("/cases/{case:str}/closed", status_code=200, opt=ACT, summary="Close a case of one's own")
async def close_case(
    acting: TheActing, cases: TheCases, case: CaseName, data: JSONBody[NewOutcome]
) -> Case:
    """What it was, and what was learnt: outcomes feed the lines of rules."""
    return await asyncio.to_thread(cases.close, acting.actor, case, data.outcome, data.lesson)


# --- measures


@get("/cases/{case:str}/measures", opt=LOOK, summary="What was done about a case")
async def case_measures(cases: TheCases, case: CaseName) -> list[Measure]:
    """Oldest first; `undone_by` is "" while one stands."""
    return (await asyncio.to_thread(cases.open_file, case)).measures


@post("/cases/{case:str}/measures", status_code=200, opt=KEYED, summary="Take a measure")
async def take_measure(
    acting: TheActing, cases: TheCases, case: CaseName, data: JSONBody[NewMeasure]
) -> MeasureDone:
    """On its basis, and refused without one. Where `waits` is open, another person agrees under
    /staff/approvals.
    """
    key = acting.key()
    account = data.account or (await asyncio.to_thread(cases.open_file, case)).case.account
    given = (case, data.kind, account, data.given(), data.detail)
    measure, proposal = await cases.act(acting.actor, key, *given)
    return MeasureDone(measure, await acting.waits(proposal))


@post("/measures/{measure:str}/undo", status_code=200, opt=KEYED, summary="Take a measure back")
async def undo_measure(
    acting: TheActing, cases: TheCases, measure: MeasureName, data: JSONBody[NewUndo]
) -> MeasureDone:
    """On a basis too. It stands until another person agrees under /staff/approvals."""
    key = acting.key()
    over, proposal = await cases.undo(acting.actor, key, measure, data.given())
    return MeasureDone(over, await acting.waits(proposal))


# --- letters


@get("/cases/{case:str}/letters", opt=LOOK, summary="Letters of a case, newest first")
async def case_letters(cases: TheCases, letters: TheLetters, case: CaseName) -> list[LetterLine]:
    """To the exchange and to the client."""

    def load() -> list[LetterLine]:
        one = cases.open_file(case).case
        return [line_of(letter) for letter in letters.of_case(one.id)]

    return await asyncio.to_thread(load)


@post("/cases/{case:str}/letters", status_code=200, opt=KEYED, summary="Draft a letter")
async def draft_letter(
    acting: TheActing, letters: TheLetters, case: CaseName, data: JSONBody[NewLetter]
) -> LetterLine:
    """Written from the case as it stands now, in both languages; the same key, the same letter."""
    wish = LetterWish(case, data.kind, data.basis, data.remarks)
    return line_of(await asyncio.to_thread(letters.draft, acting.actor, acting.key(), wish))


@post("/letters/{letter:str}/issue", status_code=200, opt=KEYED, summary="Have a letter issued")
async def issue_letter(acting: TheActing, letters: TheLetters, letter: LetterName) -> QueueLine:
    """Sealed, archived and sent once another person agrees under /staff/approvals."""
    proposal = await asyncio.to_thread(letters.propose, acting.actor, acting.key(), letter)
    line = await acting.waits(proposal)
    assert line is not None
    return line


@get(
    "/letters/{letter:str}",
    opt=SEE | {"look": "risk_letter", "look_at": "*"},
    summary="A letter as it stands",
)
async def read_letter(letters: TheLetters, letter: LetterName) -> LetterLine:
    """Without its papers: those are PDFs."""
    return line_of(await asyncio.to_thread(letters.load, letter))


@get(
    "/letters/{letter:str}/pdf",
    opt=SEE | {"look": "risk_letter", "look_at": "*"},
    media_type=PDF,
    summary="Its paper as PDF",
)
async def letter_paper(
    letters: TheLetters, letter: LetterName, lang: Literal["zh", "en"] = "zh"
) -> Response[bytes]:
    """zh: the letter; en: its reading copy. Of an issued one the very bytes in the archive."""
    one = await asyncio.to_thread(letters.load, letter)
    return Response(await letters.pdf(one, lang), media_type=PDF)


def line_of(one: Letter) -> LetterLine:
    """A letter without its papers."""
    return LetterLine(
        one.id,
        one.case,
        str(one.kind),
        one.account,
        one.day,
        str(one.state),
        one.basis,
        one.by,
        one.at_ms,
        one.proposal,
        one.issued_by,
        one.issued_at_ms,
        [(each.lang, each.document, each.sha256) for each in one.documents],
    )


router = Router(
    "/api/v1/risk",
    route_handlers=[
        case_file,
        take_case,
        close_case,
        case_measures,
        take_measure,
        undo_measure,
        case_letters,
        draft_letter,
        issue_letter,
        read_letter,
        letter_paper,
    ],
    dependencies={"acting": Provide(make_acting, sync_to_thread=False)},
    tags=["staff"],
)
