"""All acts on applications together."""

from __future__ import annotations

from yunquan.kernel.transaction import ReadTx
from yunquan.onboarding import store
from yunquan.onboarding.service.calling import Calling
from yunquan.onboarding.service.doors import Doors
from yunquan.onboarding.service.filling import Filling
from yunquan.onboarding.service.funnel import funnel
from yunquan.onboarding.service.parts import Desk, OnboardingParts
from yunquan.onboarding.service.reviewing import Reviewing
from yunquan.onboarding.service.submitting import Submitting
from yunquan.onboarding.types import Application, FunnelRow, Particulars


class Onboarding:
    """The office of account opening, by who acts."""

    def __init__(self, parts: OnboardingParts) -> None:
        self.parts = parts
        self.desk = Desk(parts)
        self.doors = Doors(self.desk)
        self.filling = Filling(self.desk)
        self.submitting = Submitting(self.desk)
        self.reviewing = Reviewing(self.desk)
        self.calling = Calling(self.desk)

    def load(self, tx: ReadTx, application: str) -> Application:
        """Raises NotFound onboarding.unknown."""
        return self.desk.load(tx, application)

    def own(self, tx: ReadTx, application: str) -> Particulars:
        """What is sealed of it: for its applicant, and for staff who gave a reason."""
        return self.desk.own(tx, application)

    def funnel(
        self, tx: ReadTx, since_ms: int, channel: str = "", device_kind: str = ""
    ) -> tuple[FunnelRow, ...]:
        """A row a step, of applications begun since then."""
        return funnel(tx, since_ms, channel, device_kind)

    def kinds_since(self, tx: ReadTx, since_ms: int) -> tuple[list[str], list[str]]:
        """Channels and kinds of devices that they came by."""
        return store.kinds_since(tx, since_ms)
