"""What an opening stands on, and how an application is loaded and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from yunquan.archive import Archive
from yunquan.clients import Sealing
from yunquan.depository import Depository
from yunquan.funding import Bank
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.thresholds import DayThresholds
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.onboarding import events, store
from yunquan.onboarding.adapters.policy import load_policy
from yunquan.onboarding.rules import steps
from yunquan.onboarding.types import Application, Moment, Particulars, State, Step
from yunquan.papers import Papers
from yunquan.screening import Screening
from yunquan.security import Passwords
from yunquan.signing import Signing
from yunquan.suitability import Suitability
from yunquan.verification import Verification
from yunquan.witness import Witness


@dataclass(frozen=True, slots=True)
class OnboardingParts:
    """Every office that an opening composes. banks: by code."""

    database: Database
    sealing: Sealing
    catalogue: Catalogue
    archive: Archive
    verification: Verification
    suitability: Suitability
    screening: Screening
    witness: Witness
    signing: Signing
    papers: Papers
    depository: Depository
    banks: Mapping[str, Bank]
    passwords: Passwords


def policy_on(tx: ReadTx) -> DayThresholds:
    """How an opening goes today."""
    return load_policy().on(tx.today())


def raise_refused(refused: Refused | None, kind: type[Invalid] | type[Conflict] = Invalid) -> None:
    """A refusal as the error it is here."""
    if refused:
        raise kind(refused.code, **refused.facts)


class Desk:
    """Applications under lock: loaded with what is sealed of them, kept with their timeline."""

    def __init__(self, parts: OnboardingParts) -> None:
        self.parts = parts

    def load(self, tx: ReadTx, application: str) -> Application:
        """Raises NotFound onboarding.unknown."""
        if found := store.find_application(tx, application):
            return found
        raise NotFound("onboarding.unknown", application=application[:40])

    def own(self, tx: ReadTx, application: str) -> Particulars:
        """What is sealed of it. For machines and its applicant."""
        sealed = store.load_sealed(tx, application)
        if sealed is None:
            raise NotFound("onboarding.unknown", application=application[:40])
        return self._open(application, sealed)

    def locked(self, tx: Tx, application: str) -> tuple[Application, Particulars]:
        """Nobody else changes it until the transaction ends."""
        found = store.lock(tx, application)
        if found is None:
            raise NotFound("onboarding.unknown", application=application[:40])
        return found[0], self._open(application, found[1])

    def at_step(self, tx: Tx, application: str, step: Step) -> tuple[Application, Particulars]:
        """As `locked`, for an applicant who does a step now. Raises Conflict
        onboarding.not_filling, onboarding.step_order.
        """
        one, own = self.locked(tx, application)
        raise_refused(steps.check_step(one, step), Conflict)
        return one, own

    def save(self, tx: Tx, one: Application, own: Particulars | None = None) -> Application:
        """Keep it, and what is sealed of it where that changed."""
        now = replace(one, changed_at_ms=tx.now_ms(), version=one.version + 1)
        store.save(tx, now, self.seal(one.id, own) if own is not None else None)
        return now

    def done(
        self, tx: Tx, one: Application, own: Particulars | None, step: Step, digest: str = ""
    ) -> Application:
        """A step is behind."""
        now = self.save(tx, replace(one, done=steps.after_step(one.done, step)), own)
        store.try_step(tx, one.id, step.value, done=True)
        self.note(tx, one.id, "done", step.value)
        tx.emit(events.StepDone(str(one.id), step.value, digest))
        return now

    def move(
        self, tx: Tx, one: Application, state: State, code: str = "", **changes: object
    ) -> Application:
        """It stands elsewhere from now on."""
        raise_refused(steps.check_move(one, state), Conflict)
        now = self.save(tx, replace(one, state=state, code=code, **changes))  # type: ignore[arg-type]
        self.note(tx, one.id, "moved", state.value, code)
        tx.emit(events.ApplicationMoved(str(one.id), state.value, code, tx.actor))
        return now

    def note(
        self, tx: Tx, application: str, act: str, step: str, code: str = "", **facts: int | str
    ) -> None:
        """A line of the timeline."""
        store.add_moment(tx, application, Moment(tx.now_ms(), tx.actor, act, step, code, facts))

    def seal(self, application: str, own: Particulars) -> bytes:
        """Bound to its application."""
        text = msgspec.json.encode(own).decode()
        return self.parts.sealing.vault.seal(text, f"onboarding:{application}")

    def _open(self, application: str, sealed: bytes) -> Particulars:
        text = self.parts.sealing.vault.open(sealed, f"onboarding:{application}")
        return msgspec.json.decode(text, type=Particulars)
