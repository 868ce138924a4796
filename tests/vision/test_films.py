"""Witness films through the real vision process, and what is made of what it saw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.vision.limits import LIMITS
from tests.vision.stage import PYTHON
from yunquan.kernel.errors import Invalid
from yunquan.vision import PoolVision, judge_film, pack_embedding
from yunquan.vision.types import FilmGlance, FilmLook

if TYPE_CHECKING:
    from tests.vision.stage import Studio

ME, OTHER = "cage.jpg", "SeanConnery.jpg"
ALONE = ((ME,), 6.0)
NOBODY: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def pool() -> Iterator[PoolVision]:
    made = PoolVision(PYTHON)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def enrolled(studio: Studio) -> bytes:
    """The face that was held against the card."""
    return pack_embedding(studio.look(studio.path_of(ME)).embedding)


def seconds_of(scenes: tuple[tuple[tuple[str, ...], float], ...]) -> int:
    return round(sum(seconds for _, seconds in scenes))


@pytest.mark.parametrize(
    ("scenes", "found"),
    [
        ((ALONE,), {"film.nothing": -1}),
        ((ALONE, (NOBODY, 5.0), ((ME,), 2.0)), {"film.face_away": 6}),
        (((NOBODY, 6.0),), {"film.no_face": -1}),
        # Whose face is the larger there is the one that is compared.
        ((ALONE, ((ME, OTHER), 3.0)), {"film.several_faces": 6, "film.face_changed": 6}),
        ((((OTHER,), 6.0),), {"film.other_face": -1}),
        ((ALONE, ((OTHER,), 4.0)), {"film.face_changed": 6}),
    ],
)
def test_who_is_in_a_film(
    studio: Studio,
    pool: PoolVision,
    enrolled: bytes,
    scenes: tuple[tuple[tuple[str, ...], float], ...],
    found: dict[str, int],
) -> None:
    length_ms = seconds_of(scenes) * 1000
    judged = judge_film(
        pool.look_at_film(studio.recorded(*scenes), length_ms), length_ms, enrolled, LIMITS
    )
    told = {one.code: int(one.facts.get("second", -1)) for one in judged.findings}
    assert set(told) == set(found), judged.findings
    for code, second in found.items():
        assert 0 <= told[code] - second <= 1
    wanted = {"film.nothing": "pass", "film.no_face": "refuse"}
    assert judged.outcome == wanted.get(next(iter(found)), "human")


@pytest.mark.parametrize(("kind", "codec"), [("webm", "VP90"), ("mp4", "avc1")])
def test_what_other_browsers_record_is_read_too(
    studio: Studio, pool: PoolVision, kind: str, codec: str
) -> None:
    try:
        film = studio.recorded(((ME,), 4.0), kind=kind, codec=codec)
    except AssertionError:
        assert codec == "avc1", "this machine's FFmpeg makes no H.264, and reads it all the same"
        return
    look = pool.look_at_film(film, 4_000)
    assert len(look.glances) >= 6
    assert {glance.faces for glance in look.glances} == {1}


def test_what_is_no_film_of_a_browser_is_refused_by_name(studio: Studio, pool: PoolVision) -> None:
    """FFmpeg knows lists of other files, and codecs that no browser records in: all stay shut."""
    mpeg4 = studio.recorded(((ME,), 1.0), kind="mp4", codec="mp4v")
    hls = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n"
    head = b"\x1a\x45\xdf\xa3"
    for content in (b"", b"junk", hls, head, head + bytes(5000), b"\0\0\0\x18ftypmp42", mpeg4):
        with pytest.raises(Invalid, match=r"vision\.not_a_film"):
            pool.look_at_film(content, 30_000)
    with pytest.raises(Invalid, match=r"vision\.too_large"):
        pool.look_at_film(bytes(25_000_000), 30_000)


def test_a_film_cut_or_spoilt_is_looked_at_as_far_as_it_goes(
    studio: Studio, pool: PoolVision, enrolled: bytes
) -> None:
    film = studio.recorded(((ME,), 12.0))
    most = film[: len(film) * 2 // 3]
    half = judge_film(pool.look_at_film(most, 12_000), 16_000, enrolled, LIMITS)
    assert {one.code for one in half.findings} == {"film.ends_early"}
    spoilt = film[:9000] + bytes(3000) + film[12_000:]
    judged = judge_film(pool.look_at_film(spoilt, 12_000), 12_000, enrolled, LIMITS)
    assert "film.no_face" not in {one.code for one in judged.findings}
    assert len(pool.pids()) == 1


FACE = tuple(0.01 * n for n in range(128))


def film(faces: str, ended_ms: int = 0) -> FilmLook:
    """A look a second: how many faces there are; the applicant's, with a vector each."""
    glances = tuple(
        FilmGlance(1000 * at, int(count), FACE if count != "0" else ())
        for at, count in enumerate(faces)
    )
    return FilmLook(ended_ms or 1000 * (len(faces) - 1), glances)


@pytest.mark.parametrize(
    ("look", "code", "second"),
    [
        (film("1" * 30), "film.nothing", -1),
        (film("1" * 7), "film.not_read", 6),
        (FilmLook(0, ()), "film.not_read", 0),
        (film("0" * 30), "film.no_face", -1),
        (film("1" * 23), "film.ends_early", 22),
        (film("1" * 24), "film.nothing", -1),
        (film("1" * 10 + "0" * 3 + "1" * 17), "film.nothing", -1),
        (film("1" * 10 + "0" * 4 + "1" * 16), "film.face_away", 10),
        (film("1" * 26 + "0" * 4, 29_001), "film.face_away", 26),
        (film("1" * 10 + "2" + "1" * 19), "film.nothing", -1),
        (film("1" * 10 + "2" + "1" * 9 + "3" + "1" * 9), "film.several_faces", 10),
    ],
)
def test_the_lines_between_a_note_and_nothing(look: FilmLook, code: str, second: int) -> None:
    (found,) = judge_film(look, 29_000, pack_embedding(FACE), LIMITS).findings
    assert (found.code, found.facts.get("second", -1)) == (code, second)


def test_one_strange_look_is_told_with_its_second_even_the_first() -> None:
    strange = tuple(value + 0.1 for value in FACE)
    for at in (0, 17):
        glances = list(film("1" * 30).glances)
        glances[at] = FilmGlance(1000 * at, 1, strange)
        (found,) = judge_film(
            FilmLook(29_000, tuple(glances)), 29_000, pack_embedding(FACE), LIMITS
        ).findings
        assert (found.code, found.facts["second"]) == ("film.face_changed", at)


def test_without_a_face_to_compare_with_a_person_is_told() -> None:
    bare = FilmLook(29_000, tuple(FilmGlance(1000 * n, 1) for n in range(30)))
    for look, known in ((film("1" * 30), None), (bare, pack_embedding(FACE))):
        (found,) = judge_film(look, 29_000, known, LIMITS).findings
        assert (found.code, found.outcome) == ("film.nothing_to_compare", "human")
