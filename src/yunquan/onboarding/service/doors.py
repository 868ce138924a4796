"""Beginning, and going on with, on any device: the phone is the key."""

from __future__ import annotations

import hashlib
import secrets

from yunquan.clients.rules import mask_middle
from yunquan.kernel.errors import Unauthorised
from yunquan.kernel.transaction import Tx
from yunquan.onboarding import events, store
from yunquan.onboarding.rules import steps
from yunquan.onboarding.service.parts import Desk, policy_on
from yunquan.onboarding.types import (
    LIVE,
    Application,
    ApplicationId,
    OpenedDoor,
    Particulars,
    State,
    Visitor,
    Way,
)
from yunquan.verification.types import CodeSent, Purpose

DAY_MS = 86_400_000


class Doors:
    """How applicants come in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._parts = desk.parts

    def send_code(self, mobile: str, locale: str, network: str) -> CodeSent:
        """Raises as `PhoneCodes.send`."""
        return self._parts.verification.phone.send(mobile, Purpose.BEGIN, locale, network)

    def enter(self, mobile: str, code: str, visitor: Visitor) -> OpenedDoor:
        """Begin, or go on with what lives under this phone, or see what became of it.

        Raises as `PhoneCodes.confirm`.
        """
        phone = self._parts.verification.phone
        receipt = phone.confirm(mobile, Purpose.BEGIN, code)
        found = phone.digest_of(mobile)
        with self._parts.database.transaction("applicant") as tx:
            known = store.find_live(tx, found)
            if known is None:
                latest = store.find_latest(tx, found)
                # What was opened is shown for as long as it takes to become active.
                known = latest if latest and latest.state in (State.OPENED, State.ACTIVE) else None
            one = known or self._begin(tx, mobile, found, visitor)
            self._desk.note(tx, one.id, "entered", "phone", "", receipt=receipt)
            token = secrets.token_urlsafe(32)
            ends_ms = tx.now_ms() + policy_on(tx).number("door_minutes") * 60_000
            store.insert_door(tx, _digest(token), one.id, ends_ms)
            return OpenedDoor(one, token, resumed=known is not None)

    def _begin(self, tx: Tx, mobile: str, found: str, visitor: Visitor) -> Application:
        now_ms = tx.now_ms()
        one = Application(
            id=tx.ids.new(ApplicationId),
            state=State.FILLING,
            done=(),
            way=Way.FACE,
            locale=visitor.locale,
            channel=visitor.channel[:12],
            device_kind=visitor.kind[:40],
            mobile_masked=mask_middle(mobile, 3, 4),
            name_masked="",
            client="",
            account="",
            grade="",
            flags=(),
            code="",
            day="",
            round=1,
            begun_at_ms=now_ms,
            changed_at_ms=now_ms,
            submitted_at_ms=0,
            decided_at_ms=0,
            opened_at_ms=0,
            active_at_ms=0,
            due_at_ms=store.LATEST,
            version=1,
        )
        own = Particulars(
            mobile,
            network=visitor.network[:60],
            user_agent=visitor.user_agent[:300],
            device=visitor.device[:80],
            touch_points=visitor.touch_points,
            automated=visitor.automated,
        )
        if not store.insert_application(tx, one, found, self._desk.seal(one.id, own)):
            known = store.find_live(tx, found)
            assert known is not None
            return known
        tx.emit(events.ApplicationBegun(str(one.id), found, one.channel))
        self._desk.note(tx, one.id, "begun", "phone")
        store.begin_step(tx, one.id, steps.ORDER[0].value)
        return one

    def seconds(self) -> int:
        """How long a door stays open."""
        with self._parts.database.read() as tx:
            return policy_on(tx).number("door_minutes") * 60

    def application_of(self, token: str) -> Application:
        """Whose cookie this is. Raises Unauthorised onboarding.door_closed."""
        if not 0 < len(token) <= 80:
            raise Unauthorised("onboarding.door_closed")
        with self._parts.database.read() as tx:
            now_ms = tx.now_ms()
            application = store.find_door(tx, _digest(token), now_ms)
            if application is None:
                raise Unauthorised("onboarding.door_closed")
            return self._desk.load(tx, application)

    def withdraw(self, application: str) -> Application:
        """The applicant takes everything back; their face is forgotten.

        Raises Conflict onboarding.move once accounts are being opened.
        """
        with self._parts.database.transaction("applicant") as tx:
            one, _ = self._desk.locked(tx, application)
            now = self._desk.move(tx, one, State.WITHDRAWN, "onboarding.withdrawn")
            self._parts.screening.forget_face(tx, application)
            store.close_doors(tx, application)
            store.set_waiting(tx, application, "", "")
            return now

    def lapse_stale(self, limit: int = 100) -> int:
        """End what nobody has filled in for long; how many."""
        with self._parts.database.read() as tx:
            now_ms = tx.now_ms()
            before_ms = now_ms - policy_on(tx).number("lapses_days") * DAY_MS
            found = store.stale(tx, before_ms, limit)
        for application in found:
            with self._parts.database.transaction("system") as tx:
                one, _ = self._desk.locked(tx, application)
                if one.state in LIVE and one.changed_at_ms < before_ms:
                    self._desk.move(tx, one, State.LAPSED, "onboarding.lapsed")
                    self._parts.screening.forget_face(tx, application)
        return len(found)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
