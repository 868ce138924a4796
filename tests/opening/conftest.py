"""An opening, and an applicant's browser."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from litestar.testing import TestClient

from tests.opening.applicant import Applicant
from tests.opening.counter import Opening, make_opening
from yunquan.verification import store

_PLACES: Final = itertools.count(20)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Opening:
    """One for all: each applicant has a phone of their own."""
    return make_opening(tmp_path_factory.mktemp("opening"))


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Applicant]:
    """The first applicant a firm ever had: nobody is like them."""
    made = make_opening(tmp_path)
    with TestClient(made.app, base_url="http://stall.local") as client:
        yield Applicant(made, client)


@pytest.fixture
def opening(house: Opening) -> Opening:
    """As if nobody had come before: no code was sent, no clip was seen."""
    with house.stall.brokerage.desk.database.transaction("test") as tx:
        for table in (store.codes, store.clips):
            tx.execute(table.delete())
    house.vision.__init__()
    house.police.failures.clear()
    house.stage.opens = True
    house.stall.brokerage.bank.silent = False
    house.stall.brokerage.bank.refusal = ""
    house.place = next(_PLACES)
    house.play(house.place)
    return house


@pytest.fixture
def applicant(opening: Opening) -> Iterator[Applicant]:
    with TestClient(opening.app, base_url="http://stall.local") as client:
        yield Applicant(opening, client, mobile=f"13900001{opening.place:03}")
