"""A script, its recording in chunks, the machine's look, the reviewer's."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from tests.witness.conftest import (
    ME,
    OTHER,
    OWNER,
    STAFF,
    Eyes,
    begin,
    draw,
    make_witness,
    pieces,
    record,
    send,
    sha,
    webm,
    whole,
)
from yunquan.archive.types import DocumentFilter
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from yunquan.kernel.transaction import Database
from yunquan.witness import Witness
from yunquan.witness.types import ScriptState, Standing, Way, WitnessApplicant, WitnessFinding

AWAY = (
    WitnessFinding("film.face_away", "human", 12),
    WitnessFinding("film.other_face", "human"),
)


def standing(witness: Witness, owner: str = OWNER) -> Standing:
    with witness.database.read() as tx:
        return witness.standing(tx, owner)


def review(witness: Witness, script: str, verdict: str, *reasons: str, by: str = STAFF) -> None:
    with witness.database.transaction(actor=by) as tx:
        witness.one_way.review(tx, script, verdict, reasons)


def test_from_a_script_to_passed(witness: Witness, clock: ManualClock) -> None:
    assert standing(witness).state == "none"
    script = record(witness, clock)
    assert standing(witness).state == "recorded"
    assert not standing(witness).passed
    with witness.database.read() as tx:
        assert witness.one_way.to_check(tx) == (script.script,)
    assert [f.code for f in witness.one_way.check(script.script)] == ["witness.look.not_looked"]
    with witness.database.read() as tx:
        assert [s.id for s in witness.one_way.to_review(tx)] == [script.script]
        document = witness.one_way.document(tx, script.script)
        assert witness._means.archive.read(tx, document) == webm(30_000)
    review(witness, script.script, "passed")
    review(witness, script.script, "passed")
    now = standing(witness)
    assert (now.state, now.passed, now.document) == ("passed", True, document)
    with pytest.raises(Conflict, match=r"witness\.already_passed"):
        draw(witness)
    assert witness.recordings.sweep() == 0


def test_a_script_is_the_same_on_every_device_until_it_is_over(
    witness: Witness, clock: ManualClock
) -> None:
    first = draw(witness)
    assert draw(witness) == first
    assert {s.code for s in first.sentences} >= {"who", "digits", "no_promise", "risk_read"}
    assert "林晓舟" in first.sentences[0].text
    assert " ".join(first.digits) in " ".join(s.text for s in first.sentences)
    clock.advance(900)
    second = draw(witness)
    assert (second.script, second.nonce) != (first.script, first.nonce)
    with pytest.raises(Conflict, match=r"witness\.script_over"):
        begin(witness, first)


def test_a_day_has_so_many_scripts(witness: Witness, clock: ManualClock) -> None:
    for _ in range(5):
        draw(witness)
        clock.advance(901)
    with pytest.raises(Conflict, match=r"witness\.scripts_many"):
        draw(witness)
    clock.advance(24 * 3600)
    draw(witness)


def test_only_whose_script_it_is_with_its_nonce(witness: Witness, clock: ManualClock) -> None:
    script = draw(witness)
    with pytest.raises(NotFound, match=r"witness\.script_unknown"):
        begin(witness, script, OTHER)
    with pytest.raises(Invalid, match=r"witness\.nonce"):
        begin(witness, msgspec.structs.replace(script, nonce="x"))
    upload = begin(witness, script)
    with pytest.raises(Forbidden, match=r"witness\.not_yours"):
        send(witness, upload.recording, [b"x"], "applicant:app_2")
    clock.advance(900)
    with pytest.raises(Conflict, match=r"witness\.script_expired"):
        begin(witness, script)


def test_chunks_come_in_any_order_and_again(witness: Witness, clock: ManualClock) -> None:
    script = draw(witness)
    upload = begin(witness, script)
    clock.advance(40)
    parts = pieces(webm(30_000))
    for number in [*reversed(range(len(parts))), 0, 3]:
        witness.recordings.put(ME, upload.recording, number, sha(parts[number]), parts[number])
    with witness.database.read() as tx:
        state = witness.one_way.resume(tx, OWNER, ME)
        assert state
        assert state.received == tuple(range(len(parts)))
        assert witness.one_way.resume(tx, OWNER, "applicant:app_2") is None
    done = witness.one_way.finish(ME, upload.recording, len(parts), whole(parts))
    assert done.document
    assert witness.one_way.finish(ME, upload.recording, len(parts), whole(parts)) == done
    # A late repeat of a chunk changes nothing.
    assert witness.recordings.put(ME, upload.recording, 0, sha(parts[0]), parts[0]) == done


@pytest.mark.parametrize(
    ("number", "digest", "content", "code"),
    [
        (-1, None, b"x", "witness.chunk_number"),
        (4096, None, b"x", "witness.chunk_number"),
        (1, None, b"", "witness.chunk_empty"),
        (1, None, b"x" * ((1 << 18) + 1), "witness.chunk_large"),
        (1, sha(b"y"), b"x", "witness.digest_wrong"),
        (1, "zz", b"x", "witness.digest_malformed"),
        (0, None, b"other", "witness.chunk_differs"),
    ],
)
def test_a_wrong_chunk_is_refused_and_harms_nothing(
    witness: Witness, number: int, digest: str | None, content: bytes, code: str
) -> None:
    upload = begin(witness, draw(witness))
    send(witness, upload.recording, [b"first"])
    with pytest.raises((Invalid, Conflict), match=code.replace(".", r"\.")):
        witness.recordings.put(ME, upload.recording, number, digest or sha(content), content)
    with witness.database.read() as tx:
        assert witness.recordings.state(tx, upload.recording, ME).received == (0,)


def test_the_whole_is_bounded(witness: Witness) -> None:
    upload = begin(witness, draw(witness))
    part = b"x" * (1 << 18)
    with pytest.raises(Invalid, match=r"witness\.recording_large"):
        for number in range(300):
            witness.recordings.put(ME, upload.recording, number, sha(part), part)
    with witness.database.read() as tx:
        assert witness.recordings.state(tx, upload.recording, ME).size == 64 << 20


def refused(witness: Witness, clock: ManualClock, content: bytes, waited: float = 40) -> str:
    upload = begin(witness, draw(witness))
    clock.advance(waited)
    parts = pieces(content)
    send(witness, upload.recording, parts)
    with pytest.raises((Invalid, Conflict)) as caught:
        witness.one_way.finish(ME, upload.recording, len(parts), whole(parts))
    assert standing(witness).state == "drawn"
    return caught.value.code


@pytest.mark.parametrize(
    ("content", "waited", "code"),
    [
        (webm(30_000), 40, ""),
        (webm(5_000), 40, "witness.recording_short"),
        (webm(300_000), 400, "witness.recording_long"),
        (webm(60_000), 10, "witness.recording_older"),
        (b"GIF89a" + webm(30_000), 40, "witness.container"),
        (webm(30_000)[:60], 40, "witness.length_unknown"),
    ],
)
def test_a_recording_is_what_it_says(
    witness: Witness, clock: ManualClock, content: bytes, waited: float, code: str
) -> None:
    if not code:
        record(witness, clock)
        return
    assert refused(witness, clock, content, waited) == code


def test_nothing_missing_nothing_more(witness: Witness, clock: ManualClock) -> None:
    upload = begin(witness, draw(witness))
    clock.advance(40)
    parts = pieces(webm(30_000))
    with pytest.raises(Invalid, match=r"witness\.recording_empty"):
        witness.one_way.finish(ME, upload.recording, 0, whole([]))
    for number in range(len(parts)):
        if number != 2:
            witness.recordings.put(ME, upload.recording, number, sha(parts[number]), parts[number])
    for count, digest, code in (
        (len(parts), whole(parts), r"witness\.chunks_missing"),
        (1, whole(parts[:1]), r"witness\.chunks_more"),
    ):
        with pytest.raises(Conflict, match=code):
            witness.one_way.finish(ME, upload.recording, count, digest)
    witness.recordings.put(ME, upload.recording, 2, sha(parts[2]), parts[2])
    with pytest.raises(Invalid, match=r"witness\.digest_whole"):
        witness.one_way.finish(ME, upload.recording, len(parts), whole(parts[:-1]))


def test_the_same_recording_of_anybody_is_found(witness: Witness, clock: ManualClock) -> None:
    record(witness, clock)
    upload = begin(witness, draw(witness, OTHER), OTHER)
    clock.advance(40)
    parts = pieces(webm(30_000), 20_000)
    send(witness, upload.recording, parts, "applicant:app_2")
    with pytest.raises(Conflict, match=r"witness\.same_recording"):
        witness.one_way.finish("applicant:app_2", upload.recording, len(parts), whole(parts))
    assert standing(witness, OTHER).state == "drawn"


def test_a_part_of_an_earlier_recording_is_found(witness: Witness, clock: ManualClock) -> None:
    for owner, tail in ((OWNER, 1), (OTHER, 2)):
        who = f"applicant:{owner}"
        upload = begin(witness, draw(witness, owner), owner)
        clock.advance(60)
        rest = webm(20_000, tail, begin_ms=20_100, bare=True)
        parts = [webm(20_000, 5), rest]
        send(witness, upload.recording, parts, who)
        if owner == OWNER:
            witness.one_way.finish(who, upload.recording, len(parts), whole(parts))
            continue
        with pytest.raises(Conflict, match=r"witness\.same_recording"):
            witness.one_way.finish(who, upload.recording, len(parts), whole(parts))


def test_beginning_again_gives_the_first_up(
    witness: Witness, clock: ManualClock, tmp_path: Path
) -> None:
    script = draw(witness)
    first = begin(witness, script)
    send(witness, first.recording, [b"first"])
    clock.advance(1)
    second = begin(witness, script)
    assert first.recording != second.recording
    assert not (tmp_path / "witness" / first.recording).exists()
    with pytest.raises(Conflict, match=r"witness\.recording_over"):
        send(witness, first.recording, [b"first"])


def test_what_lies_on_disk_says_nothing(witness: Witness, tmp_path: Path) -> None:
    upload = begin(witness, draw(witness))
    send(witness, upload.recording, [b"my voice and face" * 100])
    lying = [path for path in (tmp_path / "witness").rglob("*") if path.is_file()]
    assert len(lying) == 1
    assert b"my voice" not in lying[0].read_bytes()


def test_an_altered_chunk_is_named(witness: Witness, clock: ManualClock, tmp_path: Path) -> None:
    upload = begin(witness, draw(witness))
    clock.advance(40)
    parts = pieces(webm(30_000))
    send(witness, upload.recording, parts)
    path = next(p for p in (tmp_path / "witness").rglob("1-*"))
    body = bytearray(path.read_bytes())
    body[40] ^= 1
    path.write_bytes(body)
    with pytest.raises(Unavailable, match=r"witness\.chunk_lost"):
        witness.one_way.finish(ME, upload.recording, len(parts), whole(parts))


def test_a_full_disk_is_said_and_loses_nothing(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(witness, draw(witness))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(Unavailable, match=r"witness\.disk reason=No space"):
            send(witness, upload.recording, [b"part"])
    send(witness, upload.recording, [b"part"])


def test_a_crash_between_archive_and_row_leaves_it_to_be_done_again(
    witness: Witness, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(witness, draw(witness))
    clock.advance(40)
    parts = pieces(webm(30_000))
    send(witness, upload.recording, parts)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(witness._means.archive, "keep", crash)
        with pytest.raises(KeyboardInterrupt):
            witness.one_way.finish(ME, upload.recording, len(parts), whole(parts))
    assert standing(witness).state == "drawn"
    with monkeypatch.context() as patched:
        patched.setattr(witness._means.chunks, "remove", crash)
        with pytest.raises(KeyboardInterrupt):
            witness.one_way.finish(ME, upload.recording, len(parts), whole(parts))
    # The row is there; the chunks lie there still until somebody sweeps.
    done = witness.one_way.finish(ME, upload.recording, len(parts), whole(parts))
    assert done.document
    assert standing(witness).state == "recorded"
    assert witness.recordings.sweep() == 1
    found = witness._means.archive.find(DocumentFilter(client=OWNER))
    assert [line.id for line in found.items] == [done.document]


@pytest.mark.parametrize(
    ("look", "codes", "state"),
    [
        ((WitnessFinding("film.nothing", "pass"),), ["film.nothing"], "checked"),
        ((WitnessFinding("film.no_face", "refuse"),), ["film.no_face"], "failed"),
        (AWAY, ["film.face_away", "film.other_face"], "checked"),
        (Unavailable("vision.down"), ["witness.look.not_looked"], "checked"),
    ],
)
def test_what_a_machine_sees_is_judged_and_a_person_looks_all_the_same(
    kind: str,
    new_database,
    clock: ManualClock,
    tmp_path: Path,
    look: tuple[WitnessFinding, ...] | Exception,
    codes: list[str],
    state: str,
) -> None:
    database: Database = new_database(kind)
    eyes = Eyes(look)
    witness = make_witness(database, tmp_path, eyes)
    script = record(witness, clock)
    found = witness.one_way.check(script.script)
    assert [one.code for one in found] == codes
    # Looked at once, and what was found is kept as it was.
    assert witness.one_way.check(script.script) == found
    assert eyes.looked_at == [(OWNER, webm(30_000), 30_000)]
    now = standing(witness)
    assert now.state == state
    assert now.reasons == (tuple(codes) if state == "failed" else ())
    if state == "failed":
        assert draw(witness).script != script.script
        with pytest.raises(Conflict, match=r"witness\.not_checked"):
            review(witness, script.script, "passed")


def test_a_review_needs_its_reason_and_is_made_once(witness: Witness, clock: ManualClock) -> None:
    script = record(witness, clock)
    with pytest.raises(Conflict, match=r"witness\.not_checked"):
        review(witness, script.script, "passed")
    witness.one_way.check(script.script)
    for verdict, reasons, code in (
        ("failed", (), r"witness\.reason_needed"),
        ("failed", ("no_such",), r"witness\.reason_unknown"),
        ("maybe", (), r"witness\.verdict"),
    ):
        with pytest.raises(Invalid, match=code):
            review(witness, script.script, verdict, *reasons)
    review(witness, script.script, "failed", "coercion_suspected")
    with pytest.raises(Conflict, match=r"witness\.decided"):
        review(witness, script.script, "passed", by="staff:stf_9")
    assert standing(witness).reasons == ("witness.reason.coercion_suspected",)
    assert standing(witness).state == ScriptState.FAILED


def test_hand_over_moves_all_of_it_once(witness: Witness, clock: ManualClock) -> None:
    script = record(witness, clock)
    for expected in (2, 0):
        with witness.database.transaction() as tx:
            assert witness.hand_over(tx, OWNER, "cli_1") == expected
    assert standing(witness, "cli_1").state == "recorded"
    assert standing(witness).state == "none"
    witness.one_way.check(script.script)


def test_the_way_is_decided_by_the_day_s_policy(witness: Witness) -> None:
    with witness.database.read() as tx:
        young = witness.decide(tx, WitnessApplicant(30, "low", "C3", True))
        old = witness.decide(tx, WitnessApplicant(70, "low", "C3", True))
    assert (young.way, old.way) == (Way.ONE_WAY, Way.TWO_WAY)
