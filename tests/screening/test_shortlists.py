"""Picking the nearest of many faces: with numpy and without, the same."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.screening.conftest import distance, face
from yunquan.screening import make_shortlist
from yunquan.screening.adapters.face_matrix import FaceMatrix
from yunquan.screening.adapters.shortlists import FaceRow
from yunquan.screening.ports import Shortlist


@pytest.fixture(params=["matrix", "row"])
def shortlist(request: pytest.FixtureRequest) -> Shortlist:
    return FaceMatrix() if request.param == "matrix" else FaceRow(distance)


def test_the_nearest_come_first(shortlist: Shortlist) -> None:
    assert list(shortlist.nearest(face(0.0), 3)) == []
    shortlist.add([face(0.5), face(0.1), face(0.3)])
    assert list(shortlist.nearest(face(0.0), 2)) == [1, 2]
    shortlist.add([])
    shortlist.add([face(0.05)])
    assert list(shortlist.nearest(face(0.0), 9)) == [3, 1, 2, 0]


def test_it_grows(shortlist: Shortlist) -> None:
    for number in range(50):
        shortlist.add([face(number + part / 200) for part in range(200)])
    assert list(shortlist.nearest(face(49.995), 1)) == [9999]


def test_the_matrix_takes_faces_of_one_size_only() -> None:
    matrix = FaceMatrix()
    matrix.add([face(0.1)])
    for odd in (struct.pack("<2f", 0.1, 0.2), b"abc"):
        with pytest.raises(ValueError, match=r".+"):
            matrix.nearest(odd, 1)
        with pytest.raises(ValueError, match=r".+"):
            matrix.add([odd])
    assert list(matrix.nearest(face(0.1), 1)) == [0]


@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 20))
def test_both_pick_what_is_within_reach(seed: int, count: int, most: int) -> None:
    draw = random.Random(seed)
    faces = [face(*(draw.random() for _ in range(8))) for _ in range(count)]
    asked = face(*(draw.random() for _ in range(8)))
    matrix, row = FaceMatrix(), FaceRow(distance)
    matrix.add(faces)
    row.add(faces)

    def apart(places: object) -> list[int]:
        return [distance(asked, faces[place]) for place in places]  # type: ignore[attr-defined]

    for one, other in zip(
        apart(matrix.nearest(asked, most)), apart(row.nearest(asked, most)), strict=True
    ):
        # The last digit of 1/10,000 is the matrix's rounding.
        assert abs(one - other) <= 5


def test_numpy_is_used_where_it_is() -> None:
    assert isinstance(make_shortlist(distance), FaceMatrix)
