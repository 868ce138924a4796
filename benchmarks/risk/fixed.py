"""The peer of detection: rules of fixed numbers, one set a class of foes, as the exchanges publish
their conditions where they do (basis), without habits, peers or innocent explanations.

Each comes in every setting of a grid: `much` scales amounts, shares of stock and counts, `share`
proportions and moves. Which setting is best is learned on the days of training, a class at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from yunquan.rulebook.types import Condition, RuleText

MUCH: Final = (0.05, 0.1, 0.15, 0.22, 0.33, 0.5, 0.7, 1.0, 1.5)
SHARE: Final = (0.5, 0.75, 1.0)
Setting = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sketch:
    """A rule with its numbers open: {m} and {s} where a setting goes."""

    subject: str
    on: tuple[str, ...]
    when: str


FIXED: Final[dict[str, tuple[Sketch, ...]]] = {
    # SSE STAR rules b: cancelled >= 50 %, again and again; large 3m, huge 10m as reported (S20).
    "false_orders": (
        Sketch(
            "position",
            ("cancel",),
            "position.cancel_amount_share.m5 >= 0.5 * {s} and position.cancels.m5 >= 3"
            " and position.order_amount.m5 >= yuan(3_000_000) * {m}",
        ),
        Sketch(
            "position",
            ("order",),
            "position.book_share.now >= 0.3 * {s} and position.orders.m1 >= 3"
            " and position.order_amount.m1 >= yuan(10_000_000) * {m}",
        ),
    ),
    # Rules e: rising buys or falling sells, large, high share, 4 % (looked at over 5 minutes).
    "ramping": (
        Sketch(
            "position",
            ("fill",),
            "position.fill_amount.m5 >= yuan(3_000_000) * {m}"
            " and position.volume_share.m5 >= 0.2 * {s} and abs(instrument.move.m5) >= 0.04 * {s}",
        ),
    ),
    # Rules g: at the limit, own quantity huge, high share.
    "limit_holding": (
        Sketch(
            "position",
            ("order",),
            "position.limit_resting.now >= shares(1_000_000) * {m}"
            " and position.book_share.now >= 0.3 * {s}",
        ),
    ),
    # Rules a, d, f: opening false orders, opening ramp of 5 %, closing ramp of 3 %.
    "open_close": (
        Sketch(
            "position",
            ("fill",),
            "position.fill_amount.m5 >= yuan(3_000_000) * {m} and event.minute <= 570"
            " and position.volume_share.m5 >= 0.3 * {s}"
            " and abs(instrument.from_close.now) >= 0.05 * {s}",
        ),
        Sketch(
            "position",
            ("fill",),
            "position.fill_amount.m5 >= yuan(3_000_000) * {m} and event.minute >= 897"
            " and position.volume_share.m5 >= 0.3 * {s}"
            " and abs(instrument.move.m5) >= 0.03 * {s}",
        ),
        Sketch(
            "position",
            ("cancel",),
            "position.order_amount.m5 >= yuan(3_000_000) * {m} and event.minute < 565"
            " and position.cancel_amount_share.m5 >= 0.5 * {s}",
        ),
    ),
    # Rules h: large and >= 20 % of what it traded.
    "self_trade": (
        Sketch(
            "position",
            ("match",),
            "position.fill_amount.d1 >= yuan(3_000_000) * {m}"
            " and position.matched_share.d1 >= 0.2 * {s}",
        ),
    ),
    # Program trading rules: 300 a second, 20,000 a day; instant cancels, without a number there.
    "order_rate": (
        Sketch("account", ("order", "cancel"), "account.messages.s1 >= 300 * {m}"),
        Sketch("account", ("order", "cancel"), "account.messages.d1 >= 20_000 * {m}"),
        Sketch(
            "account",
            ("cancel",),
            "account.cancels.m5 >= 60 * {m} and account.quick_share.m5 >= 0.6 * {s}",
        ),
    ),
    "group_action": (
        Sketch(
            "group",
            ("fill",),
            "group.fill_amount.m5 >= yuan(3_000_000) * {m} and group.accounts.m5 >= 2.5"
            " and abs(group.net_share.m5) >= 0.9 * {s}",
        ),
    ),
    # Red flags of the AML guides; no numbers are published for a broker.
    "cash_in_out": (
        Sketch(
            "account",
            ("cash_out",),
            "account.cash_in.d1 >= yuan(200_000) * {m} and account.out_of_in.d1 >= 0.8 * {s}"
            " and account.traded_of_in.d1 < 0.1 / {s}",
        ),
    ),
    "split_deposits": (
        Sketch(
            "account",
            ("cash_in",),
            "account.cash_in.d1 >= yuan(200_000) * {m} and account.cash_moves.d1 >= 5 * {s}"
            " and event.amount < yuan(50_000)",
        ),
    ),
    "dormant": (
        Sketch(
            "account",
            ("cash_in", "order"),
            "account.idle_days.now >= 90 and event.amount >= yuan(200_000) * {m}",
        ),
    ),
    "shared_device": (
        Sketch("device", ("login", "order"), "device.accounts.d1 >= 9 * {m} + 1.5 * {s}"),
    ),
    "takeover": (
        Sketch(
            "account",
            ("cash_out",),
            "account.failed_logins.h1 >= 3 * {s} and event.amount >= yuan(50_000) * {m}",
        ),
    ),
}


def fixed_rules() -> Iterator[tuple[str, tuple[float, float], RuleText]]:
    """(class, setting, rule) of the whole grid."""
    for name, sketches in FIXED.items():
        for which, one in enumerate(sketches):
            for much in MUCH:
                for share in SHARE:
                    when = one.when.format(m=much, s=share)
                    code = f"fixed.{name}.{which}"
                    text = RuleText(
                        code,
                        name,
                        one.subject,
                        (Condition(one.on, when),),
                        3,
                        code,
                        code,
                        "published conditions",
                        "KM",
                        most=100_000,
                    )
                    yield name, (much, share), text
