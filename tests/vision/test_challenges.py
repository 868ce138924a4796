"""What is drawn: random to others, the same for the same seed, and never too fast for eyes."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import pytest

from tests.vision.limits import LIMITS
from yunquan.kernel.thresholds import ThresholdMissing, Thresholds
from yunquan.vision.rules import challenges
from yunquan.vision.rules.challenges import draw_challenge

SILENT = tuple(
    getattr(challenges, name) for name in ("TURN_LEFT", "TURN_RIGHT", "NOD", "BLINK", "OPEN_MOUTH")
)
SPOKEN = (*SILENT, challenges.READ_DIGITS)


def seed(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def test_one_seed_draws_one_challenge() -> None:
    drawn = [draw_challenge(seed(1), 1000, LIMITS, kinds=SPOKEN) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[0].expires_at_ms == 1000 + LIMITS.number("answer_within_ms")


def test_a_seed_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        draw_challenge(b"short", 0, LIMITS, kinds=SILENT)


def test_every_challenge_turns_the_head_and_asks_three_different_things_one_after_another() -> None:
    seen = set()
    for number in range(600):
        drawn = draw_challenge(seed(number), 0, LIMITS, kinds=SPOKEN)
        kinds = [step.kind for step in drawn.steps]
        assert len(set(kinds)) == 3
        assert set(kinds) & set(challenges.TURNS)
        windows = [*drawn.steps, *drawn.flashes]
        assert all(a.to_ms <= b.from_ms for a, b in pairwise(windows))
        assert drawn.steps[0].from_ms >= LIMITS.number("lead_in_ms")
        assert drawn.length_ms > drawn.flashes[-1].to_ms
        assert bool(drawn.digits) == (challenges.READ_DIGITS in kinds)
        seen.add((tuple(kinds), tuple(flash.colour for flash in drawn.flashes)))
    assert len(seen) > 580, "hardly one comes twice in 600"


def test_no_voice_is_asked_where_none_is_agreed() -> None:
    for number in range(50):
        drawn = draw_challenge(seed(number), 0, LIMITS, kinds=SILENT)
        assert challenges.READ_DIGITS not in [step.kind for step in drawn.steps]
        assert drawn.digits == ""


def test_colours_change_at_most_three_times_a_second() -> None:
    for number in range(200):
        drawn = draw_challenge(seed(number), 0, LIMITS, kinds=SILENT)
        starts = [flash.from_ms for flash in drawn.flashes]
        assert all(late - early >= 334 for early, late in pairwise(starts))
        assert len({flash.colour for flash in drawn.flashes}) == len(drawn.flashes)


def test_nonces_tell_nothing_of_the_seed_and_differ() -> None:
    nonces = {draw_challenge(seed(n), 0, LIMITS, kinds=SILENT).nonce for n in range(300)}
    assert len(nonces) == 300
    assert not any(nonce in seed(n).hex() for n, nonce in enumerate(sorted(nonces)))


ROW = '[[row]]\nrule = "x"\nvalue = 1\neffective_from = "{}"\nsource = "s"\ncertainty = "F"\n'


def test_thresholds_are_of_their_day_and_never_guessed() -> None:
    row = ROW.format("2026-05-01")
    assert Thresholds([row]).on("2026-05-01").number("x") == 1
    with pytest.raises(ThresholdMissing):
        Thresholds([row]).on("2026-04-30").number("x")
    with pytest.raises(ValueError, match="in force"):
        Thresholds([row, ROW.format("2026-06-01")])
    with pytest.raises(ValueError, match="source"):
        Thresholds([row.replace('"s"', '""')])


def test_every_row_says_where_it_comes_from_and_every_table_is_read() -> None:
    tables = sorted(Path("src/yunquan/vision/rules/tables").glob("*.toml"))
    assert {table.stem for table in tables} >= {"faces", "liveness", "voice"}
    Thresholds(table.read_text("utf-8") for table in tables)
