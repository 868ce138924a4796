"""A run is kept with its digest, told with codes alone, and handed over."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.papers.sets import SPOILINGS, good
from yunquan.app.event_kinds import event_kinds
from yunquan.app.locale import catalogue
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import read_records
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.papers import Papers


def test_a_run_is_kept_and_told(database: Database) -> None:
    office, opening = Papers(catalogue()), good(5)
    spoiled = SPOILINGS["another's card"].spoil(opening, random.Random(5))
    with database.transaction("system") as tx:
        found = office.check_opening(tx, spoiled)
    with database.transaction("system") as tx:
        assert office.check_opening(tx, spoiled) == found
        run = office.newest(tx, "app_1")
        office.hand_over(tx, "app_1", "cli_1")
        office.hand_over(tx, "app_1", "cli_1")
    assert run is not None
    assert run.findings == found
    with database.read() as tx:
        moved = office.newest(tx, "cli_1")
        assert office.newest(tx, "app_1") is None
        codec = EventCodec(event_kinds().values())
        records = read_records(tx.connection, ROOMS_STREAM)
        told = [event for record in records for event in codec.decode(record.body)]
    assert moved is not None
    assert moved.id == run.id
    assert [one.digest for one in told] == [run.digest] * 2
    assert ("papers.other_holder", "error", "custody") in told[0].found
    assert opening.truth["id_number"] not in str(told)


def test_another_letter_is_another_digest(database: Database, clock: ManualClock) -> None:
    office, opening = Papers(catalogue()), good(5)
    paper = opening.papers[0]
    other = replace(paper, pages=(paper.pages[0] + " ", *paper.pages[1:]))
    digests = []
    for one in (opening, replace(opening, papers=(other, *opening.papers[1:]))):
        clock.advance(1)
        with database.transaction("system") as tx:
            office.check_opening(tx, one)
            run = office.newest(tx, "app_1")
        assert run is not None
        digests.append(run.digest)
    assert len(set(digests)) == 2
