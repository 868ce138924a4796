"""Exposure 敞口: what each client and all of them together hold at the prices of now, how much of
it hangs on one thing, and what they would lose: by history, and in named shocks.

What must hold: a value is the sum of its holdings to the fen, however it is sorted; a stress is a
full revaluation at shocked prices; a figure of history says on how many days it rests, and is none
where they are too few; a figure beyond its dated line is an alert like any other.
"""

from __future__ import annotations

from yunquan.exposure.rules.scenarios import all_scenarios, scenarios_on
from yunquan.exposure.service.office import ExposureOffice
from yunquan.exposure.service.universe import Past, load_universe
from yunquan.exposure.service.watch import ExposureWatch

__all__ = [
    "ExposureOffice",
    "ExposureWatch",
    "Past",
    "all_scenarios",
    "load_universe",
    "scenarios_on",
]
