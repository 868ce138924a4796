"""river: count, sum and mean over 60 s, by account and by account and instrument. Of the highest
amount it keeps no window of time.
"""

# It runs in an environment of its own, which whoever checks these files hasn't got.
# pyright: reportMissingImports=false

import csv
import sys
from datetime import UTC, datetime, timedelta

from river import stats, utils

SPAN = timedelta(seconds=60)


def made():
    # A mean counts what it is of.
    return [utils.TimeRolling(one(), SPAN) for one in (stats.Sum, stats.Mean)]


def main(path: str) -> None:
    kept, last = {}, 0.0
    with open(path) as file:
        for at_ms, account, symbol, amount in csv.reader(file):
            # It compares times without a zone.
            at = datetime.fromtimestamp(int(at_ms) / 1_000, UTC).replace(tzinfo=None)
            value = float(amount)
            for key in (account, (account, symbol)):
                if (found := kept.get(key)) is None:
                    found = kept[key] = made()
                for one in found:
                    one.update(value, t=at)
                    last = one.get()
    print("last", last)


main(sys.argv[1])
