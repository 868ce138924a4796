"""The real vision process, asked as the brokerage asks it; and impostors in its place."""

from __future__ import annotations

import io
import os
import queue
import signal
import sys
import threading
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.vision.clip_facts import asked, source_of
from tests.vision.limits import LIMITS
from tests.vision.stage import PYTHON
from tests.vision.test_pictures import png
from tools import photos
from yunquan.kernel.errors import Invalid, Unavailable, YunquanError
from yunquan.vision import PoolVision, judge_liveness
from yunquan.vision.types import LivenessClip

if TYPE_CHECKING:
    from tests.vision.stage import Studio

WALLS = ("files", "limits", "calls")


@pytest.fixture(scope="module")
def pool() -> Iterator[PoolVision]:
    made = PoolVision(PYTHON, workers=2, most_waiting=200)
    yield made
    made.stop()


@pytest.fixture
def own_pool() -> Iterator[PoolVision]:
    """One process that a test may harm."""
    made = PoolVision(PYTHON, most_waiting=0)
    made.start()
    yield made
    made.stop()


def test_a_warm_pool_has_all_its_processes_and_one_without_a_program_none(tmp_path: Path) -> None:
    cold = PoolVision(PYTHON, workers=2)
    assert cold.pids() == ()
    assert cold.warm() == 2
    running = cold.pids()
    assert cold.warm() == 2
    assert cold.pids() == running
    cold.stop()
    assert PoolVision(tmp_path / "python", workers=2).warm() == 0


def blank(width: int, height: int = 80) -> bytes:
    """A black picture."""
    return png(width, height, zlib.compress(bytes((width * 3 + 1) * height)))


def portrait() -> bytes:
    photos.fetch()
    return (photos.FOLDER / "cage.jpg").read_bytes()


def code_of(pool: PoolVision, image: bytes) -> str:
    with pytest.raises(YunquanError) as told:
        pool.look_at_face(image)
    return told.value.code


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def zipped() -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.jpg", bytes(10_000_000))
    return into.getvalue()


# --- what it says ---------------------------------------------------------------------------------


def test_a_face_a_clip_and_a_voice_are_looked_at(pool: PoolVision, studio: Studio) -> None:
    assert pool.start() == WALLS
    look = pool.look_at_face(portrait())
    assert (look.faces, len(look.embedding)) == (1, 128)
    assert look.box == studio.look(studio.path_of("cage.jpg")).box
    challenge = asked("nod", "turn_left", "open_mouth")
    film = studio.clip("honest", challenge)
    clip = LivenessClip(challenge, film.frames(), source_of(challenge))
    seen = pool.watch(clip)
    judged = judge_liveness(seen, challenge, clip.source, LIMITS, now_ms=15_000)
    assert judged.outcome == "pass"
    sound = studio.reading("3817")
    heard, here = pool.listen(sound), studio.listen(sound)
    assert (heard.speech, heard.digest) == (here.speech, here.digest)
    assert heard.voiceprint == pytest.approx(here.voiceprint, abs=1e-4)


FILES = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 9,
    "pdf": b"%PDF-1.7\n" + b"0" * 999,
    "zip": zipped(),
    "nothing": b"",
    "noise": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("kind", FILES)
def test_other_kinds_are_refused_by_name(pool: PoolVision, kind: str) -> None:
    assert code_of(pool, FILES[kind]) == "vision.not_an_image"


def test_bombs_and_heavy_files_are_refused(pool: PoolVision) -> None:
    pool.start()
    before = pool.pids()
    assert code_of(pool, png(60_000, 60_000, zlib.compress(bytes(10**6)))) == "vision.too_large"
    assert code_of(pool, b"\xff\xd8\xff\xe0" + bytes(60_000_000)) == "vision.too_large"
    assert code_of(pool, b"\xff\xd8\xff\xe0" + bytes(12_200_000)) == "vision.too_large"
    assert code_of(pool, blank(30)) == "vision.too_small"
    assert pool.pids() == before


def test_a_picture_cut_short_costs_nobody_else_anything(pool: PoolVision) -> None:
    whole = portrait()
    for length in range(0, len(whole), len(whole) // 12):
        try:
            pool.look_at_face(whole[:length])
        except Invalid as refusal:
            assert refusal.code in {"vision.not_an_image", "vision.failed"}
    assert pool.look_at_face(whole).faces == 1


def test_sounds_that_lie_are_refused(pool: PoolVision) -> None:
    with pytest.raises(Invalid) as told:
        pool.listen(b"RIFF" + bytes(60))
    assert told.value.code == "vision.not_audio"


def test_each_of_many_askers_gets_his_own_answer(pool: PoolVision) -> None:
    def ask(number: int) -> int | str:
        if number % 5 == 0:
            return code_of(pool, FILES["pdf"])
        return pool.look_at_face(blank(64 + number)).width

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(ask, range(100)))
    assert told == [64 + n if n % 5 else "vision.not_an_image" for n in range(100)]
    assert 1 <= len(pool.pids()) <= 2


# --- processes that fall --------------------------------------------------------------------------


def test_a_process_killed_while_looking_is_replaced_and_the_question_answered(
    own_pool: PoolVision,
) -> None:
    (before,) = own_pool.pids()
    os.kill(before, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(own_pool.look_at_face, portrait())
        os.kill(before, signal.SIGKILL)
        assert answer.result(60).faces == 1
    assert is_gone(before)
    assert len(own_pool.pids()) == 1


def test_a_process_killed_between_questions_is_replaced(own_pool: PoolVision) -> None:
    (before,) = own_pool.pids()
    os.kill(before, signal.SIGKILL)
    assert own_pool.look_at_face(portrait()).faces == 1
    assert own_pool.pids() not in ((before,), ())


def test_a_late_process_is_ended_and_the_next_question_answered() -> None:
    pool = PoolVision(PYTHON, within_s=4)
    try:
        pool.start()
        (before,) = pool.pids()
        os.kill(before, signal.SIGSTOP)
        assert code_of(pool, portrait()) == "vision.timeout"
        assert is_gone(before)
        assert pool.look_at_face(blank(64)).faces == 0
    finally:
        pool.stop()


def test_who_finds_the_queue_full_is_told_at_once(own_pool: PoolVision) -> None:
    (stopped,) = own_pool.pids()
    os.kill(stopped, signal.SIGSTOP)
    told = queue.Queue[str]()

    def ask() -> None:
        try:
            told.put(f"{own_pool.look_at_face(blank(64)).width}")
        except Unavailable as refusal:
            told.put(refusal.code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert told.get(timeout=60) == "vision.busy"
    os.kill(stopped, signal.SIGCONT)
    assert told.get(timeout=60) == "64"
    for thread in threads:
        thread.join()


def test_a_picture_that_takes_more_memory_than_there_is_costs_its_own_question() -> None:
    pool = PoolVision(PYTHON, memory_mb=400)
    try:
        pool.start()
        large = blank(4900, 4900)
        assert code_of(pool, large) == "vision.down"
        assert pool.look_at_face(blank(64)).faces == 0
    finally:
        pool.stop()


def test_no_process_is_left_after_stop_and_none_starts_again() -> None:
    pool = PoolVision(PYTHON)
    assert pool.pids() == ()
    pool.start()
    (pid,) = pool.pids()
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(pool.look_at_face, portrait())
        pool.stop()
        with pytest.raises(Unavailable):
            waiting.result(60)
    assert is_gone(pid)
    assert code_of(pool, portrait()) == "vision.down"
    assert pool.pids() == ()


def test_without_its_environment_it_says_so(tmp_path: Path) -> None:
    pool = PoolVision(tmp_path / "bin" / "python")
    assert pool.state() == "vision.down"
    assert code_of(pool, portrait()) == "vision.down"
    with pytest.raises(Unavailable):
        pool.start()


# --- impostors: what a process that was taken over might say --------------------------------------

IMPOSTOR = """
import socket, struct, sys, time
line = socket.socket(fileno=0)
def say(body, length=None):
    line.sendall(struct.pack(">I", len(body) if length is None else length) + body)
HELLO = b"\\x82\\xa5walls\\x90\\xa5names\\x90"
def asked():
    size, = struct.unpack(">I", line.recv(4, socket.MSG_WAITALL))
    line.recv(size, socket.MSG_WAITALL)
def text(x): return bytes([0xd9, len(x)]) + x
def reply(serial, ok, rest):
    said = b"\\xc3" if ok else b"\\xc2"
    return b"\\x83" + text(b"serial") + bytes([serial]) + text(b"ok") + said + rest
def refuse(code): return reply(1, False, text(b"error") + text(code))
def value(body, serial=1): return reply(serial, True, text(b"value") + body)
"""
FACE = b"\\x84\\xa5faces\\x01\\xa5width\\x40\\xa6height\\x40"
IMPOSTORS = {
    "dies at once": "sys.exit()",
    "no hello": "say(b'hello')",
    "a broken start": "say(b'\\x83\\xa5walls\\x90\\xa5names\\x90\\xa5fault\\xa3bad')",
    "dies of each question": "say(HELLO); asked()",
    "a huge frame": "say(HELLO); asked(); say(b'', 0xffffffff)",
    "half a frame": "say(HELLO); asked(); say(b'abc', 99)",
    "no msgpack": "say(HELLO); asked(); say(b'\\xc1\\xc1')",
    "another shape": "say(HELLO); asked(); say(b'\\x93\\x01\\x02\\x03')",
    "another serial": "say(HELLO); asked(); say(value(b'\\x80', 2))",
    "another type": "say(HELLO); asked(); say(value(b'\\xa3abc'))",
    "nested": "say(HELLO); asked(); say(value(b'\\x91' * 90000 + b'\\x90'))",
    "no text": "say(HELLO); asked(); say(refuse(b'\\xff\\xfe'))",
    "a short vector": f"say(HELLO); asked(); say(value(b'{FACE.decode()}'"
    "+ text(b'embedding') + b'\\x92\\xca\\0\\0\\0\\0\\xca\\0\\0\\0\\0'))",
    "no number": f"say(HELLO); asked(); say(value(b'{FACE.decode()}'"
    "+ text(b'embedding') + b'\\xdc\\x00\\x80' + b'\\xca\\x7f\\xc0\\x00\\x00' * 128))",
    "an unknown refusal": "say(HELLO); asked(); say(refuse(b'ledger.please_pay'))",
}


@pytest.mark.parametrize("lie", IMPOSTORS)
def test_nonsense_is_not_believed(lie: str) -> None:
    command = [sys.executable, "-c", f"{IMPOSTOR}\n{IMPOSTORS[lie]}"]
    pool = PoolVision(PYTHON, command=command, within_s=20)
    try:
        assert code_of(pool, b"x") == "vision.down"
        assert pool.pids() == ()
    finally:
        pool.stop()


def test_an_impostor_in_good_form_is_believed() -> None:
    """So that the refusals above are not of something else."""
    good = f"say(HELLO); asked(); say(value(b'{FACE.decode()}' + text(b'embedding')"
    good += " + b'\\xdc\\x00\\x80' + b'\\xca\\x3d\\x00\\x00\\x00' * 128)); time.sleep(60)"
    pool = PoolVision(PYTHON, command=[sys.executable, "-c", f"{IMPOSTOR}\n{good}"], within_s=20)
    try:
        look = pool.look_at_face(b"x")
        assert (look.faces, look.width, look.embedding[0]) == (1, 64, 0.03125)
    finally:
        pool.stop()


def test_questions_wait_no_longer_than_told_for_a_silent_process() -> None:
    command = [sys.executable, "-c", f"{IMPOSTOR}\nsay(HELLO); asked(); time.sleep(600)"]
    pool = PoolVision(PYTHON, command=command, within_s=0.3)
    try:
        assert code_of(pool, b"x") == "vision.timeout"
        assert pool.pids() == ()
    finally:
        pool.stop()
