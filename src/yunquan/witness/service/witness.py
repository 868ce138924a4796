"""The office of the witness: the policy, and the parts that carry it out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yunquan.archive import Archive
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.security import Vault
from yunquan.witness import events
from yunquan.witness.adapters.sealed_chunks import SealedChunks
from yunquan.witness.ports import WitnessEyes
from yunquan.witness.rules.calls import OPEN
from yunquan.witness.rules.policy import decide_way, with_hours
from yunquan.witness.service.calls import Calls
from yunquan.witness.service.duty import Duty
from yunquan.witness.service.means import Means, load_policy
from yunquan.witness.service.one_way import OneWay, reasons_of
from yunquan.witness.service.recordings import Recordings
from yunquan.witness.service.signals import Signals
from yunquan.witness.store import calls as call_store
from yunquan.witness.store import recordings as recording_store
from yunquan.witness.types import (
    CallState,
    Decision,
    FirmWay,
    ScriptState,
    Standing,
    WitnessApplicant,
)


class Witness:
    """folder: where chunks lie until a recording is whole. trades: whether the exchanges trade on
    a day. eyes: None where no machine looks. hours: when staff witness, in minutes of any day;
    none: the table's.
    """

    def __init__(
        self,
        database: Database,
        archive: Archive,
        folder: Path,
        vault: Vault,
        trades: Callable[[str], bool],
        *,
        eyes: WitnessEyes | None = None,
        firm: FirmWay = FirmWay.AS_TABLE,
        hours: tuple[tuple[int, int], ...] = (),
    ) -> None:
        chunks = SealedChunks(folder, vault)
        policy = with_hours(load_policy(), hours)
        means = Means(database, archive, vault, chunks, policy, firm, trades)
        self._means = means
        self.database = database
        self.recordings = Recordings(means)
        self.one_way = OneWay(means, self.recordings, eyes)
        self.duty = Duty(means)
        self.calls = Calls(means, self.duty, self.recordings)
        self.signals = Signals(means)

    def decide(self, tx: ReadTx, who: WitnessApplicant) -> Decision:
        """Which way this applicant takes today, and why."""
        return decide_way(self._means.policy, who, self._means.firm, tx.today())

    def standing(self, tx: ReadTx, owner: str) -> Standing:
        """Where an application's witness is: passed if either way is, else what is under way, else
        the newest.
        """
        script = recording_store.latest_script(tx, owner)
        call = call_store.latest_call(tx, owner)
        if call and (call.state is not CallState.LEFT or script is None):
            one_way_is_newer = script is not None and (
                script.state is ScriptState.PASSED
                or (script.drawn_at_ms > call.joined_at_ms and call.ended_at_ms > 0)
            )
            if not one_way_is_newer or call.state is CallState.PASSED:
                reasons = tuple(f"witness.reason.{reason}" for reason in call.reasons)
                passed = call.state is CallState.PASSED
                document = self.calls.document(tx, call)
                return Standing("two_way", call.state, document, reasons, passed)
        if script is None:
            return Standing("", "none", "", (), False)
        passed = script.state is ScriptState.PASSED
        document = self.one_way.document(tx, script.id)
        return Standing("one_way", script.state, document, reasons_of(script), passed)

    def hand_over(self, tx: Tx, before: str, after: str) -> int:
        """What is kept for an application is the client's from here on; how many rows. The
        documents are the archive's to hand over. Again: none.
        """
        count = recording_store.hand_over(tx, before, after)
        count += call_store.hand_over(tx, before, after)
        if count:
            tx.emit(events.WitnessHandedOver(before, after, count, tx.actor))
        return count

    def tidy(self) -> int:
        """For a timer: who is gone is gone, and chunks nobody needs are taken away. Nobody's
        writing waits for it at an empty desk.
        """
        with self.database.read() as tx:
            on_duty = any(signed_on for _, signed_on, _ in call_store.list_members(tx))
            if not on_duty and not call_store.calls_in(tx, OPEN, 1):
                return self.recordings.sweep()
        with self.database.transaction() as tx:
            changed = self.calls.settle(tx)
        return changed + self.recordings.sweep()
