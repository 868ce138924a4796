"""Who may witness, planned shifts, who is on duty."""

from __future__ import annotations

from typing import Final

from yunquan.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.witness import events
from yunquan.witness.rules.policy import decide_availability
from yunquan.witness.service.means import Means
from yunquan.witness.store import calls as store
from yunquan.witness.types import Availability, PolicyLimits, RosterLine, Shift, ShiftId

LONGEST_SHIFT_MS: Final = 14 * 3600 * 1000
MOST_SHIFTS: Final = 500
# A shift is begun a little before its time.
EARLY_MS: Final = 15 * 60 * 1000


class Duty:
    """The roster."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def limits(self, tx: ReadTx) -> PolicyLimits:
        return self._means.limits(tx.today())

    # --- planning

    def permit(self, tx: Tx, staff: str) -> None:
        """This member of staff may witness; nobody lets themselves. Raises Conflict
        witness.own_permission.
        """
        if staff == tx.actor:
            raise Conflict("witness.own_permission")
        if store.set_member(tx, staff, tx.actor, may=True):
            tx.emit(events.WitnessPermitted(staff, True, tx.actor))

    def forbid(self, tx: Tx, staff: str) -> None:
        """They may no longer; a call that they have goes back when it is next looked at."""
        if store.set_member(tx, staff, tx.actor, may=False):
            tx.emit(events.WitnessPermitted(staff, False, tx.actor))

    def plan_shift(self, tx: Tx, staff: str, from_ms: int, to_ms: int) -> ShiftId:
        """Raises Invalid witness.shift, Forbidden witness.not_permitted."""
        if not 0 < to_ms - from_ms <= LONGEST_SHIFT_MS or to_ms <= tx.now_ms():
            raise Invalid("witness.shift", hours=LONGEST_SHIFT_MS // 3_600_000)
        self._check_member(tx, staff)
        shift = Shift(tx.ids.new(ShiftId), staff, from_ms, to_ms, tx.actor)
        store.insert_shift(tx, shift)
        tx.emit(events.ShiftPlanned(str(shift.id), staff, from_ms, to_ms, tx.actor))
        return shift.id

    def cancel_shift(self, tx: Tx, shift: str) -> None:
        """Raises NotFound witness.shift_unknown."""
        staff = store.delete_shift(tx, shift)
        if staff is None:
            raise NotFound("witness.shift_unknown")
        tx.emit(events.ShiftCancelled(shift, staff, tx.actor))

    def shifts(self, tx: ReadTx) -> tuple[Shift, ...]:
        """Those that aren't over, in order."""
        return tuple(store.shifts_after(tx, tx.now_ms(), MOST_SHIFTS))

    # --- being there

    def sign_on(self, tx: Tx, staff: str) -> None:
        """On duty from here on, while signs come. Again: nothing new. Raises Forbidden
        witness.not_permitted.
        """
        self._check_member(tx, staff)
        if store.touch_staff(tx, staff):
            return
        store.save_duty(tx, staff, tx.now_ms())
        now = tx.now_ms()
        planned = any(
            shift.staff == staff and shift.from_ms - EARLY_MS <= now < shift.to_ms
            for shift in store.shifts_after(tx, now, MOST_SHIFTS)
        )
        tx.emit(events.DutyBegun(staff, planned))

    def sign_off(self, tx: Tx, staff: str) -> None:
        """Raises Conflict witness.call_open while they have a call."""
        if store.held_by(tx, staff):
            raise Conflict("witness.call_open")
        if store.touch_staff(tx, staff):
            store.save_duty(tx, staff, 0)
            tx.emit(events.DutyEnded(staff, "signed_off"))

    def beat(self, tx: Tx, staff: str) -> None:
        """A sign of life. Raises Conflict witness.off_duty."""
        if not store.touch_staff(tx, staff):
            raise Conflict("witness.off_duty")

    def present(self, tx: ReadTx) -> set[str]:
        """Staff on duty whose signs are fresh."""
        return store.on_duty(tx, tx.now_ms() - self.limits(tx).heartbeat_s * 1000)

    def roster(self, tx: ReadTx) -> tuple[RosterLine, ...]:
        """Everybody who may witness."""
        present = self.present(tx)
        return tuple(
            RosterLine(
                staff,
                staff in present,
                signed_on if staff in present else 0,
                str(held.id) if (held := store.held_by(tx, staff)) else "",
            )
            for staff, signed_on, _ in store.list_members(tx)
        )

    def availability(self, tx: ReadTx) -> Availability:
        """Whether two-way witness is open now, else when it opens next."""
        return decide_availability(
            self._means.policy,
            tx.now_ms(),
            self._means.trades,
            len(self.present(tx)),
            self.shifts(tx),
        )

    @staticmethod
    def _check_member(tx: ReadTx, staff: str) -> None:
        if not store.is_member(tx, staff):
            raise Forbidden("witness.not_permitted")
