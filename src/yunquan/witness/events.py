"""What happened at a witness: ids, codes and digests only."""

from __future__ import annotations

import msgspec


class ScriptDrawn(msgspec.Struct, frozen=True, array_like=True, tag="witness.script_drawn@1"):
    """A script for one application."""

    script: str
    owner: str
    version: str
    codes: tuple[str, ...]
    expires_at_ms: int
    by: str


class RecordingKept(msgspec.Struct, frozen=True, array_like=True, tag="witness.recording_kept@1"):
    """digest: keyed, of the content. of: the script or call it belongs to."""

    recording: str
    of: str
    owner: str
    document: str
    digest: str
    size: int
    by: str


class RecordingRepeated(
    msgspec.Struct, frozen=True, array_like=True, tag="witness.recording_repeated@1"
):
    """A recording, or a part of one, that came before, maybe of somebody else."""

    recording: str
    owner: str
    earlier: str
    earlier_owner: str
    by: str


class RecordingChecked(
    msgspec.Struct, frozen=True, array_like=True, tag="witness.recording_checked@1"
):
    """A machine looked. findings: codes with their outcomes."""

    script: str
    owner: str
    findings: tuple[tuple[str, str], ...]
    by: str


class OneWayReviewed(
    msgspec.Struct, frozen=True, array_like=True, tag="witness.one_way_reviewed@1"
):
    """A person looked and decided."""

    script: str
    owner: str
    verdict: str
    reasons: tuple[str, ...]
    by: str


class WitnessPermitted(
    msgspec.Struct, frozen=True, array_like=True, tag="witness.witness_permitted@1"
):
    """A member of staff may witness from here on, or no longer."""

    staff: str
    may: bool
    by: str


class ShiftPlanned(msgspec.Struct, frozen=True, array_like=True, tag="witness.shift_planned@1"):
    """A shift on the roster."""

    shift: str
    staff: str
    from_ms: int
    to_ms: int
    by: str


class ShiftCancelled(msgspec.Struct, frozen=True, array_like=True, tag="witness.shift_cancelled@1"):
    """A shift that won't be."""

    shift: str
    staff: str
    by: str


class DutyBegun(msgspec.Struct, frozen=True, array_like=True, tag="witness.duty_begun@1"):
    """Signed on. planned: a shift of theirs covers it."""

    staff: str
    planned: bool


class DutyEnded(msgspec.Struct, frozen=True, array_like=True, tag="witness.duty_ended@1"):
    """Signed off. why: "signed_off" or "lost"."""

    staff: str
    why: str


class QueueJoined(msgspec.Struct, frozen=True, array_like=True, tag="witness.queue_joined@1"):
    """An application has a place."""

    call: str
    owner: str


class QueueLeft(msgspec.Struct, frozen=True, array_like=True, tag="witness.queue_left@1"):
    """It went. why: "left" or "away"."""

    call: str
    owner: str
    why: str


class CallTaken(msgspec.Struct, frozen=True, array_like=True, tag="witness.call_taken@1"):
    """A member of staff took the next."""

    call: str
    owner: str
    staff: str
    round: int


class CallReturned(msgspec.Struct, frozen=True, array_like=True, tag="witness.call_returned@1"):
    """Back at the front of the queue. why: "cut_off", "staff_lost" or "too_long"."""

    call: str
    owner: str
    staff: str
    why: str


class CallStepTicked(msgspec.Struct, frozen=True, array_like=True, tag="witness.step_ticked@1"):
    """A step answered with yes or no."""

    call: str
    step: str
    yes: bool
    by: str


class SnapshotKept(msgspec.Struct, frozen=True, array_like=True, tag="witness.snapshot_kept@1"):
    """A still of the call."""

    call: str
    owner: str
    document: str
    by: str


class CallDecided(msgspec.Struct, frozen=True, array_like=True, tag="witness.call_decided@1"):
    """What the member of staff decided. seconds: how long it took."""

    call: str
    owner: str
    verdict: str
    reasons: tuple[str, ...]
    seconds: int
    by: str


class WitnessPassed(msgspec.Struct, frozen=True, array_like=True, tag="witness.passed@1"):
    """An application is witnessed: decided, and its recording is kept."""

    of: str
    owner: str
    way: str
    document: str


class WitnessHandedOver(msgspec.Struct, frozen=True, array_like=True, tag="witness.handed_over@1"):
    """What was kept for an application is the client's from here on."""

    before: str
    after: str
    count: int
    by: str


EVENTS = (
    ScriptDrawn,
    RecordingKept,
    RecordingRepeated,
    RecordingChecked,
    OneWayReviewed,
    WitnessPermitted,
    ShiftPlanned,
    ShiftCancelled,
    DutyBegun,
    DutyEnded,
    QueueJoined,
    QueueLeft,
    CallTaken,
    CallReturned,
    CallStepTicked,
    SnapshotKept,
    CallDecided,
    WitnessPassed,
    WitnessHandedOver,
)
