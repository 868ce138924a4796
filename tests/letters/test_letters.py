"""A letter is filled from its case, issued by two people under the seal, and read by its client."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest

from tests.dossier.test_service import Scene, scene
from tests.letters.office import letters_of
from tests.partners.brokerage import Brokerage, Visitor
from yunquan.app.event_kinds import event_kinds
from yunquan.approvals import agree
from yunquan.cases import Cases
from yunquan.cases.types import Basis
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.events import EventCodec
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import ROOMS_STREAM
from yunquan.letters import Letters
from yunquan.letters.types import Letter, LetterState, LetterWish
from yunquan.messages import Messages
from yunquan.messages.readers import TELLING

__all__ = ["scene"]
ANN, BEN = "staff:ann", "staff:ben"
BASIS = "Trading rules, article 6.2"


@pytest.fixture
def letters(brokerage: Brokerage) -> Letters:
    return letters_of(brokerage.desk, brokerage.folder)


def issue(letters: Letters, brokerage: Brokerage, letter: Letter) -> Letter:
    proposal = letters.propose(ANN, f"issue-{letter.id}", letter.id)
    assert proposal.state == "open"
    assert letters.load(letter.id).state is LetterState.PROPOSED
    with brokerage.desk.database.transaction(BEN) as tx:
        agreed = agree(tx, str(proposal.id))
    done = asyncio.run(letters.carry_out(BEN, agreed))
    assert done.outcome == {"letters": ""}
    # Again only says so.
    assert asyncio.run(letters.carry_out(BEN, done)) == done
    return letters.load(letter.id)


def test_a_letter_of_the_case_to_its_client(
    letters: Letters, scene: Scene, brokerage: Brokerage, client: Visitor
) -> None:
    _, case = scene.alert(scene.account)
    wish = LetterWish(case, "client_warning", BASIS, "Seen twice.")
    drafted = letters.draft(ANN, "k", wish)
    assert letters.draft(ANN, "k", wish) == drafted
    papers = {one.lang: one.paper for one in drafted.papers}
    assert papers["zh"].title == "警示函"
    english = papers["en"]
    assert english.body[-1] == "Seen twice."
    assert "“False orders”" in english.body[1]
    assert any("85.7%" in row for row in english.tables[0].rows)
    assert BASIS in english.notes[0]
    assert english.mark
    preview = asyncio.run(letters.pdf(drafted, "zh"))
    assert preview[:5] == b"%PDF-"
    # Nobody but staff sees it before it is issued, and then its client alone.
    with pytest.raises(NotFound, match=r"letters\.unknown"):
        letters.of_client(drafted.id, (scene.account,))
    issued = issue(letters, brokerage, drafted)
    assert (issued.state, issued.issued_by) == (LetterState.ISSUED, BEN)
    assert [one.lang for one in issued.documents] == ["zh", "en"]
    sealed = issued.documents[0]
    archived = asyncio.run(letters.pdf(issued, "zh"))
    assert archived == preview
    assert hashlib.sha256(archived).hexdigest() == sealed.sha256
    assert len(sealed.seal) > 500
    assert letters.of_client(issued.id, (scene.account,)) == issued
    with pytest.raises(NotFound, match=r"letters\.unknown"):
        letters.of_client(issued.id, ("6000000099",))
    with pytest.raises(Conflict, match=r"letters\.issued"):
        letters.propose(ANN, "again", issued.id)
    database = brokerage.desk.database
    kinds = EventCodec(event_kinds().values())
    catch_up(TELLING, ROOMS_STREAM, database, database, kinds)
    (told,) = Messages(database, brokerage.desk.catalogue).page((scene.account,), "en").items
    assert (told.text, told.link) == (
        "You have received a letter of warning; please read it",
        f"/letters/{issued.id}",
    )


def test_the_exchange_reads_what_was_done(
    letters: Letters, scene: Scene, brokerage: Brokerage
) -> None:
    _, case = scene.alert(scene.account)
    cases = Cases(brokerage.desk.database, brokerage.desk.restrictions)
    act = cases.act(ANN, "m", case, "refuse_buys", scene.account, Basis("contract", "Article 12"))
    asyncio.run(act)
    drafted = letters.draft(ANN, "x", LetterWish(case, "exchange_report", BASIS))
    english = {one.lang: one.paper for one in drafted.papers}["en"]
    (row,) = english.tables[1].rows
    assert row[1:] == ("Refuse buys", "Article 12", "in force")
    issued = issue(letters, brokerage, drafted)
    # It isn't the client's to read.
    with pytest.raises(NotFound):
        letters.of_client(issued.id, (scene.account,))


@pytest.mark.parametrize(
    ("kind", "letter", "basis", "code"),
    [
        ("spoofing", "love_letter", BASIS, "letters.kind"),
        ("spoofing", "client_warning", "x", "letters.basis"),
        ("cash", "client_warning", BASIS, "letters.tipping_off"),
        ("cash", "client_reminder", BASIS, "letters.tipping_off"),
    ],
)
def test_what_is_not_written(
    letters: Letters, scene: Scene, kind: str, letter: str, basis: str, code: str
) -> None:
    _, case = scene.alert(scene.account, kind=kind)
    with pytest.raises(Invalid, match=code.replace(".", r"\.")):
        letters.draft(ANN, "k", LetterWish(case, letter, basis))


def test_a_case_with_an_aml_order_is_not_written_of(
    letters: Letters, scene: Scene, brokerage: Brokerage
) -> None:
    _, case = scene.alert(scene.account)
    cases: Any = Cases(brokerage.desk.database, brokerage.desk.restrictions)
    order = Basis("aml", "Order", "AML 7", "PBC Shanghai")
    asyncio.run(cases.act(ANN, "m", case, "stop_withdrawals", scene.account, order))
    with pytest.raises(Invalid, match=r"letters\.tipping_off"):
        letters.draft(ANN, "k", LetterWish(case, "client_warning", BASIS))
    assert letters.draft(ANN, "k2", LetterWish(case, "exchange_report", BASIS))
    # Nor is the client told that withdrawing was stopped.
    told = Messages(brokerage.desk.database, brokerage.desk.catalogue)
    page = told.page((scene.account,), "en")
    assert [one.text for one in page.items if "ithdraw" in one.text] == []
