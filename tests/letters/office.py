"""The office of letters over a brokerage's database, with an archive and a seal of its own."""

from __future__ import annotations

from pathlib import Path

from yunquan.archive import Archive
from yunquan.cases import Cases, Lessons
from yunquan.desk import Desk
from yunquan.letters import LetterParts, Letters
from yunquan.rulebook import RuleBook
from yunquan.security import Sm4Vault
from yunquan.signing import OwnTsa, SealFace, SealMaker, load_house_keys
from yunquan.statements import TypstPrinter
from yunquan.surveillance import Alerts

FIRM = "云券证券"


def letters_of(desk: Desk, folder: Path) -> Letters:
    """Keys and files are made when they are first needed."""
    database = desk.database
    archive = Archive(database, folder / "archive", Sm4Vault(b"k" * 16), b"d" * 32, desk.catalogue)
    cases = Cases(database, desk.restrictions)
    parts = LetterParts(
        database,
        desk.catalogue,
        cases,
        Alerts(database),
        archive,
        TypstPrinter(),
        LateSeal(desk, folder),
        desk.trading_day,
        simulated=True,
    )
    return Letters(parts)


def lessons_of(desk: Desk) -> Lessons:
    """What outcomes say about the rules of this database."""
    database = desk.database
    return Lessons(database, Alerts(database), RuleBook(database, desk.clock))


class LateSeal:
    """The house's own seal: its keys take a second to make, which most tests needn't wait for."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self._desk, self._folder = desk, folder

    def seal(self, paper: bytes) -> bytes:
        now = self._desk.clock.now
        path = self._folder / "letter-keys" / "signing.keys"
        keys = load_house_keys(path, Sm4Vault(b"k" * 16), FIRM, now)
        face = SealFace(b"\x89PNG", 40, 40)
        return SealMaker(keys, OwnTsa(keys, now), lambda: face, now).seal(paper)
