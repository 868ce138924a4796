"""Everything the simulated exchange announces in months, as it goes over the wire, against our own
reading: believable, and the ex day's previous close is our reference price.
"""

from __future__ import annotations

import msgspec

from yunquan.actions import ex_reference_of, problems
from yunquan.actions.service.exchange import action_of
from yunquan.actions.types import CorporateNotice
from yunquan.rights import as_it_ended, load_success_rules, outcome_fails
from yunquan.rights.types import Outcome
from yunquan_world.bars import sample_bars
from yunquan_world.market_data import action_message
from yunquan_world.messages import encode
from yunquan_world.prices import Prices, with_generated

FIRST_DAY, DAYS = "2026-07-13", 85
# Official closes of the day before an ex day: on the tick, of every size.
CLOSES_MILLI = (4_570, 12_000, 33_330, 99_990)


def test_the_exchange_and_we_read_every_announcement_alike() -> None:
    prices = Prices(with_generated(sample_bars(), 7), 7, "full", FIRST_DAY)
    rules, day = load_success_rules(), FIRST_DAY
    seen: dict[str, CorporateNotice] = {}
    compared = failed = 0
    for _ in range(DAYS):
        for one in prices.levels.announcements(day):
            body = msgspec.msgpack.decode(encode(action_message(one, day)))
            notice = msgspec.convert(body, CorporateNotice)
            assert problems(action_of(notice)) == (), notice
            assert notice.version >= seen.get(one.id, notice).version, "none goes back"
            seen[one.id] = notice
            if one.ex_day != day:
                continue
            outcome = None
            if notice.rights_e6:
                assert notice.state == "ended", "the outcome is known before the ex day"
                fails = outcome_fails(notice.taken_e4, notice.rights_to, rules)
                assert fails == one.failed
                failed += fails
                outcome = Outcome("x", notice.taken_e4, fails, 0, "", "", 0)
            ours = as_it_ended(action_of(notice), outcome)
            for close in (close for close in CLOSES_MILLI if close > 2 * one.cash_milli):
                plan = prices.plan(one.symbol, day, close)
                assert plan is not None
                assert plan.instrument.prev_close_milli == ex_reference_of(ours, close, 10)
                compared += 1
        day = prices.calendar.next_day(day)
    assert compared > 200
    assert any(one.rights_e6 for one in seen.values())
    assert sum(bool(one.capital_e6) for one in seen.values()) >= 3
