"""A client shows who they are: by password, by their face, or to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yunquan.cases import events, rules, store
from yunquan.cases.types import Case, Measure, Proof
from yunquan.kernel.errors import Conflict
from yunquan.kernel.scopes import CONFIRM, FACE
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.restrictions import Restrictions
from yunquan.restrictions.types import Basis, BasisKind, RestrictionWish
from yunquan.verification import FaceOutcome, Known, Verification
from yunquan.verification.types import Outcome
from yunquan.vision.types import Challenge, ClipFrame, ClipSource

ASKS: Final = "asks_person"
# What each way lifts: a password is known to whoever took an account over, a face is not.
LIFTS: Final = {"password": (CONFIRM,), "face": (CONFIRM, FACE)}


@dataclass(frozen=True, slots=True)
class Proving:
    """What is asked of a client. confirm, face: accounts that wait for either or for a face.
    enrolled: whether there is a face to compare with; left: tries of today. called: a person has
    been asked to call.
    """

    confirm: tuple[str, ...]
    face: tuple[str, ...]
    enrolled: bool
    left: int
    called: bool

    @property
    def waits(self) -> tuple[str, ...]:
        """All accounts that wait."""
        return tuple(dict.fromkeys((*self.confirm, *self.face)))


class Proofs:
    """The office where clients show who they are."""

    def __init__(
        self, database: Database, restrictions: Restrictions, verification: Verification
    ) -> None:
        self._database = database
        self._restrictions = restrictions
        self._verification = verification

    async def of(self, client: str, accounts: Sequence[str]) -> Proving:
        """How it stands."""
        scopes = {one: set((await self._restrictions.view(one)).restrictions) for one in accounts}

        def load() -> Proving:
            with self._database.read() as tx:
                return Proving(
                    tuple(one for one in accounts if CONFIRM in scopes[one]),
                    tuple(one for one in accounts if FACE in scopes[one]),
                    self._verification.enrolled_face(tx, client) is not None,
                    self._verification.proofs.tries_left(tx, client),
                    any(
                        self._is_called(tx, one)
                        for one in store.standing_measures(tx, accounts, rules.PROVED)
                    ),
                )

        return await asyncio.to_thread(load)

    @staticmethod
    def _is_called(tx: ReadTx, measure: Measure) -> bool:
        steps = store.steps_of(tx, measure.case)
        return any(one.what == ASKS and one.at_ms >= measure.at_ms for one in steps)

    # --- by face

    def draw(self, client: str) -> Challenge:
        """What to do before the camera. Raises Conflict cases.no_face, verification.face_tries."""
        self._enrolled(client)
        return self._verification.proofs.draw(client, with_voice=False)

    def _enrolled(self, client: str) -> bytes:
        with self._database.read() as tx:
            face = self._verification.enrolled_face(tx, client)
        if face is None:
            raise Conflict("cases.no_face")
        return face

    async def by_face(
        self,
        actor: str,
        client: str,
        accounts: Sequence[str],
        frames: tuple[ClipFrame, ...],
        source: ClipSource,
    ) -> FaceOutcome:
        """The face that opened the account lifts it; one that can't be told apart, and the last try
        of the day, go to a person. Raises as `draw` and the checks of faces do.
        """
        known = Known(enrolled=await asyncio.to_thread(self._enrolled, client))
        judge = self._verification.proofs.judge
        outcome = await asyncio.to_thread(judge, client, frames, source, None, known)
        check = outcome.check
        if check.outcome is Outcome.PASS:
            await self._lift(actor, f"{client}-{check.number}", accounts, Proof.FACE)
        elif check.outcome is Outcome.HUMAN:
            await asyncio.to_thread(self._call, actor, accounts)
        return outcome

    # --- by password, to a person

    async def by_password(self, actor: str, key: str, accounts: Sequence[str]) -> None:
        """The password was right: what a password lifts is lifted."""
        await self._lift(actor, key, accounts, Proof.PASSWORD)

    async def call_me(self, actor: str, accounts: Sequence[str]) -> None:
        """Somebody shall look, and lift it with another. Raises Conflict cases.nobody_asks."""
        if not await asyncio.to_thread(self._call, actor, accounts):
            raise Conflict("cases.nobody_asks")

    def _call(self, actor: str, accounts: Sequence[str]) -> bool:
        with self._database.transaction(actor=actor) as tx:
            found = store.standing_measures(tx, accounts, rules.PROVED)
            for one in found:
                if not self._is_called(tx, one):
                    _call_for(tx, one)
        return bool(found)

    async def _lift(self, actor: str, key: str, accounts: Sequence[str], how: Proof) -> None:
        # The case hears of it by the log, as it does of whatever staff lift.
        said = self._restrictions.catalogue.text(f"cases.proved.{how}", "zh_CN")
        basis = Basis(BasisKind.CLIENT, said)
        for account in accounts:
            held = (await self._restrictions.view(account)).restrictions
            for scope in LIFTS[how]:
                if scope in held:
                    wish = RestrictionWish("release", account, basis, scope)
                    name = f"proof-{how}-{key}-{account}-{scope}"
                    await self._restrictions.impose(actor, name, wish)


def _call_for(tx: Tx, measure: Measure) -> None:
    """The measure's case, or what is open about the same, waits for a person from now on."""
    own = store.find_case(tx, measure.case)
    assert own is not None
    case: Case = store.find_open(tx, own.about) or own
    waits = rules.call_for_person(case, tx.now_ms(), tx.today())
    store.update_case(tx, waits)
    store.add_step(tx, measure.case, ASKS, {})
    if case.id != measure.case:
        store.add_step(tx, case.id, ASKS, {})
    tx.emit(events.CaseMoved(case.id, ASKS, str(waits.state), tx.actor))
