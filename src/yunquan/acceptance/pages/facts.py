"""One application as staff see it: everything that is known, put together, masked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from yunquan.acceptance.pages.parts import REVIEWING, names_in
from yunquan.archive import Archive
from yunquan.archive.types import DocumentFilter, DocumentLine
from yunquan.clients.rules import mask_middle, mask_name
from yunquan.depository.rules import is_odd
from yunquan.depository.types import OpeningState
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import ReadTx
from yunquan.onboarding import Onboarding
from yunquan.onboarding.rules.reviews import REFUSALS, RETURNS, opinions_of_round
from yunquan.onboarding.types import Application, Moment, Opinion, Particulars, QueueLine, State
from yunquan.papers.types import PapersRun
from yunquan.screening.types import HitState, ScreeningResult
from yunquan.security.types import Session
from yunquan.suitability.types import Assessment
from yunquan.verification.types import Check
from yunquan.witness import findings_of
from yunquan.witness.rules.calls import REVIEW_FAILURES
from yunquan.witness.types import Script, ScriptState, Standing, WitnessFinding

Text = Callable[..., str]
# What is laid side by side: kind and title of each in the archive.
PICTURES: Final = (
    ("front", "id_card", "id_front"),
    ("back", "id_card", "id_back"),
    ("face", "face", ""),
    ("police", "outside_answer", "police"),
)
FILM: Final = "witness_video"
# What a line of the timeline is about, by its act.
ABOUT: Final = {
    "moved": "state",
    "taken": "look",
    "opinion": "verdict",
    "depository": "asked",
    "called": "outcome",
}
SHOWN_OF_ADDRESS: Final = 6


@dataclass(frozen=True, slots=True)
class Picture:
    """One of those side by side. document: "" where there is none; open: the reader may see it."""

    slot: str
    document: str
    open: bool
    until_ms: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """Everything of one application. owner: whose its documents are by now."""

    one: Application
    line: QueueLine
    owner: str
    own: Particulars = field(repr=False)
    timeline: list[Moment]
    opinions: list[Opinion]
    checks: list[Check]
    screened: ScreeningResult | None
    papers: PapersRun | None
    assessed: Assessment | None
    standing: Standing
    script: Script | None
    asked: list[OpeningState]
    staff: dict[str, str]


def load_case(onboarding: Onboarding, tx: ReadTx, application: str) -> Case:
    """Raises NotFound onboarding.unknown."""
    one, parts = onboarding.load(tx, application), onboarding.parts
    line = onboarding.reviewing.line(tx, application)
    assert line is not None, "an application has its line"
    owner = one.owner
    try:
        screened = parts.screening.load(tx, owner)
    except NotFound:
        screened = None
    return Case(
        one,
        line,
        owner,
        onboarding.own(tx, application),
        onboarding.reviewing.timeline(tx, application),
        onboarding.reviewing.opinions(tx, application),
        parts.verification.checks(tx, owner),
        screened,
        parts.papers.newest(tx, owner),
        parts.suitability.newest(tx, owner),
        parts.witness.standing(tx, owner),
        parts.witness.one_way.newest(tx, owner),
        parts.depository.requests_of(tx, owner),
        names_in(tx),
    )


def case_facts(
    onboarding: Onboarding, session: Session, locale: str, application: str, *, bare: bool
) -> dict[str, Any]:
    """Everything the template needs. bare: identity unmasked, once a reason was recorded."""
    parts = onboarding.parts
    with parts.database.read() as tx:
        case = load_case(onboarding, tx, application)
        now_ms = tx.now_ms()
    documents = documents_of(parts.archive, case.owner, locale)
    mine = opinions_of_round(case.opinions, case.one.round)
    said_by_me = any(said.by == session.actor for said in mine)
    open_hits = [
        h for h in (case.screened.hits if case.screened else ()) if h.state is HitState.OPEN
    ]
    waiting = case.one.state is State.REVIEW
    may = bool(session.roles & REVIEWING)
    return {
        "case": case,
        "one": case.one,
        "line": case.line,
        "bare": bare,
        "identity": identity_of(case.own, bare=bare),
        "details": details_of(case.own, bare=bare),
        "documents": documents,
        "pictures": pictures_of(parts.archive, session.actor, documents),
        "film": film_of(parts.archive, session.actor, case.standing.document),
        "may_review": may,
        "waiting": waiting,
        "said_by_me": said_by_me,
        "first": mine[0] if len(mine) == 1 else None,
        "taken_by_me": case.line.taken_by == session.actor,
        "taken_by_other": case.line.taken_by not in ("", session.actor),
        "open_hits": len(open_hits),
        "returns": tuple(RETURNS),
        "refusals": REFUSALS,
        "one_way_open": one_way_open(case.script),
        "machine_saw": machine_saw(case.script),
        "odd": any(map(is_odd, case.asked)),
        "witness_reasons": REVIEW_FAILURES,
        "about": ABOUT,
        "now_ms": now_ms,
    }


def one_way_open(script: Script | None) -> bool:
    """Whether a recording waits for a person's yes or no."""
    return script is not None and script.state in (ScriptState.RECORDED, ScriptState.CHECKED)


def machine_saw(script: Script | None) -> tuple[WitnessFinding, ...]:
    """What the machine found of the film; nothing while it hasn't looked."""
    found = findings_of(script) if script else ()
    return tuple(one for one in found if one.outcome != "person")


def documents_of(archive: Archive, owner: str, locale: str) -> tuple[DocumentLine, ...]:
    """The newest of everything that is kept of it, pictures in any case."""
    found: dict[str, DocumentLine] = {}
    for kind in ("", *dict.fromkeys(kind for _, kind, _ in PICTURES)):
        for line in archive.find(DocumentFilter(client=owner, kind=kind), locale).items:
            found.setdefault(line.id, line)
    return tuple(found.values())


def pictures_of(
    archive: Archive, actor: str, documents: tuple[DocumentLine, ...]
) -> tuple[Picture, ...]:
    """Card front, card back, the clearest face, the register's picture: the newest of each."""
    shown: list[Picture] = []
    for slot, kind, title in PICTURES:
        line = next(
            (
                one
                for one in documents
                if one.kind == kind
                and title in ("", one.title)
                and one.media_type.startswith("image/")
                and not one.destroyed
            ),
            None,
        )
        until_ms = open_until(archive, actor, line.id) if line else 0
        shown.append(Picture(slot, line.id if line else "", until_ms > 0, until_ms))
    return tuple(shown)


def film_of(archive: Archive, actor: str, document: str) -> Picture:
    """The recording of the witness."""
    until_ms = open_until(archive, actor, document) if document else 0
    return Picture("film", document, until_ms > 0, until_ms)


def open_until(archive: Archive, actor: str, document: str) -> int:
    """Until when somebody may see a document; 0 for not now."""
    try:
        return archive.reopen(actor, document).until_ms
    except (Invalid, NotFound, Conflict):
        return 0


def identity_of(own: Particulars, *, bare: bool) -> list[tuple[str, str]]:
    """Who it is: label and value."""
    card = own.card
    found = [("mobile", own.mobile if bare else mask_middle(own.mobile, 3, 4))]
    if card is None:
        return found
    return [
        ("name", card.name if bare else mask_name(card.name)),
        ("id_number", card.id_number if bare else mask_middle(card.id_number, 3, 2)),
        *found,
        ("birth", card.birth if bare else f"{card.birth[:4]}-**-**"),
        ("address", card.address if bare else shortened(card.address)),
        ("issuer", card.issuer if bare else shortened(card.issuer)),
        ("nation", card.nation),
        ("valid", f"{card.valid_from} – {card.valid_until}"),
    ]


def details_of(own: Particulars, *, bare: bool) -> list[tuple[str, str, bool]]:
    """What is said of themselves: label, value, and whether the value is a word of ours."""
    found = list[tuple[str, str, bool]]()
    if told := own.details:
        other = "other_person"
        found += [
            (name, getattr(told, name), True)
            for name in ("occupation", "income", "source_of_funds", "education", "tax")
            if getattr(told, name)
        ]
        found.append(("home", told.address if bare else shortened(told.address), False))
        if told.email:
            found.append(("email", told.email if bare else mask_middle(told.email, 1, 4), False))
        if told.tax_number:
            number = told.tax_number if bare else "****"
            found.append(("tax_number", f"{told.tax_place} {number}", False))
        for name in ("controller", "beneficiary"):
            value: str = getattr(told, name)
            is_word = value == "self" or not bare
            found.append((name, value if value == "self" or bare else other, is_word))
        if told.bad_record:
            found.append(("bad_record", told.bad_record if bare else "declared", not bare))
    if own.bank:
        number = own.bank_account if bare else mask_middle(own.bank_account, 4, 4)
        found.append(("bank_account", number, False))
    return found


def shortened(text: str) -> str:
    """The beginning of a place: province and city at most."""
    return f"{text[:SHOWN_OF_ADDRESS]}****" if len(text) > SHOWN_OF_ADDRESS else text
