"""The catalogue: every indicator with its formula, in the order in which the kernel writes them.

`MEASURES` names the sums a family keeps per window; formulas are in their words. An indicator's
code is family.name.window; one that has no window ends in `now`. `x y` is x times y. What is
distinct is counted by 64 bits: whole numbers, right on average, a few too low now and then.
"""

from __future__ import annotations

from typing import Final

from yunquan.indicators.types import WINDOWS, Family, Indicator

ALL: Final = tuple(one.code for one in WINDOWS)
LONG: Final = ("m5", "h1", "d1")
NOW: Final = ("now",)

# Sums of each family, in the order of its columns.
MEASURES: Final[dict[Family, tuple[str, ...]]] = {
    family: tuple(names.split())
    for family, names in {
        Family.ACCOUNT: (
            "orders order_amount order_amount_sq buy_amount cancels cancel_amount"
            " quick_cancels fills fill_amount fill_buy_amount refused gaps gap_s gap_s_sq"
            " cash_in cash_out cash_moves logins failed_logins matched_amount"
        ),
        Family.POSITION: (
            "orders order_amount buy_amount cancels cancel_buy_amount cancel_sell_amount"
            " quick_cancels fills fill_buy_qty fill_sell_qty fill_buy_amount"
            " fill_sell_amount matched_qty log_amount"
        ),
        Family.PAIR: "matches amount qty deviation_bp forward_amount",
        Family.DEVICE: "logins failed_logins orders order_amount cash_in cash_out",
        Family.GROUP: "orders order_amount buy_amount fills fill_amount fill_buy_amount cancels",
        Family.INSTRUMENT: (
            "quotes trades volume turnover return_sq spread_bp imbalance own_orders own_qty"
            " own_amount own_buy_amount"
        ),
    }.items()
}
# Sets whose members are counted by 64 bits each, and whose least and greatest are kept.
SETS: Final = 2
# An indicator over several windows: its name, which windows, unit, formula, 中文, English.
Row = tuple[str, tuple[str, ...], str, str, str, str]

_ACCOUNT: Final[tuple[Row, ...]] = (
    ("orders", ALL, "count", "orders", "委托笔数", "Orders"),
    ("messages", ALL, "count", "orders + cancels", "申报撤单笔数", "Orders and cancels"),
    ("order_amount", ALL, "fen", "order_amount", "委托金额", "Amount ordered"),
    ("order_mean", ALL, "fen", "order_amount / orders", "平均委托金额", "Mean order"),
    (
        "order_sd",
        ALL,
        "fen",
        "sqrt(order_amount_sq / orders - order_mean^2)",
        "委托金额标准差",
        "Deviation of orders",
    ),
    ("order_least", ALL, "fen", "min(amount of orders)", "最小委托金额", "Least order"),
    ("order_most", ALL, "fen", "max(amount of orders)", "最大委托金额", "Greatest order"),
    ("buy_share", ALL, "share", "buy_amount / order_amount", "买入委托占比", "Share of buying"),
    ("cancels", ALL, "count", "cancels", "撤单笔数", "Cancels"),
    ("cancel_share", ALL, "share", "cancels / orders", "撤单率", "Cancels per order"),
    (
        "cancel_amount_share",
        ALL,
        "share",
        "cancel_amount / order_amount",
        "撤单金额占比",
        "Cancelled",
    ),
    (
        "quick_share",
        ALL,
        "share",
        "quick_cancels / cancels",
        "1 秒内撤单占比",
        "Cancelled within 1 s",
    ),
    ("fills", ALL, "count", "fills", "成交笔数", "Fills"),
    ("fill_amount", ALL, "fen", "fill_amount", "成交金额", "Amount filled"),
    ("fill_share", ALL, "share", "fill_amount / order_amount", "成交率", "Share filled"),
    (
        "net_share",
        ALL,
        "share",
        "(2 fill_buy_amount - fill_amount) / fill_amount",
        "净买入占比",
        "Net buying",
    ),
    ("refused", ALL, "count", "refused", "废单笔数", "Refused orders"),
    (
        "refused_share",
        ALL,
        "share",
        "refused / (orders + refused)",
        "废单率",
        "Share of orders refused",
    ),
    ("rate", ALL, "per_s", "(orders + cancels) / span", "申报速率", "Rate of orders and cancels"),
    ("gap_mean", ALL, "ms", "1000 gap_s / gaps", "平均委托间隔", "Mean gap between orders"),
    (
        "gap_sd",
        ALL,
        "ms",
        "1000 sqrt(gap_s_sq / gaps - (gap_s / gaps)^2)",
        "委托间隔标准差",
        "Deviation of gaps",
    ),
    ("instruments", ALL, "count", "distinct instruments ordered", "委托证券只数", "Instruments"),
    ("cash_in", LONG, "fen", "cash_in", "转入金额", "Cash in"),
    ("cash_out", LONG, "fen", "cash_out", "转出金额", "Cash out"),
    ("cash_moves", LONG, "count", "cash_moves", "转账笔数", "Transfers"),
    ("out_of_in", LONG, "share", "cash_out / cash_in", "转出转入比", "Cash out of cash in"),
    ("traded_of_in", LONG, "share", "fill_amount / cash_in", "成交转入比", "Traded of cash in"),
    ("logins", LONG, "count", "logins", "登录次数", "Logins"),
    ("failed_logins", LONG, "count", "failed_logins", "登录失败次数", "Failed logins"),
    ("devices", LONG, "count", "distinct devices logged in from", "登录设备数", "Devices"),
    (
        "matched_share",
        LONG,
        "share",
        "matched_amount / fill_amount",
        "关联互为对手占比",
        "Share matched with our own",
    ),
    (
        "orders_z",
        NOW,
        "sd",
        "(orders of the day - own mean) / own deviation",
        "委托笔数偏离自身",
        "Orders against own days",
    ),
    (
        "amount_z",
        NOW,
        "sd",
        "(order_amount of the day - own mean) / own deviation",
        "委托金额偏离自身",
        "Amount against own days",
    ),
    (
        "cancels_z",
        NOW,
        "sd",
        "(cancels of the day - own mean) / own deviation",
        "撤单笔数偏离自身",
        "Cancels against own days",
    ),
    (
        "cash_z",
        NOW,
        "sd",
        "(cash_in + cash_out of the day - own mean) / own deviation",
        "资金划转偏离自身",
        "Transfers against own days",
    ),
    (
        "amount_of_peers",
        NOW,
        "share",
        "order_amount of the day / (order_amount of all / active accounts)",
        "委托金额相对同类",
        "Amount against peers",
    ),
    (
        "cancels_of_peers",
        NOW,
        "share",
        "cancels of the day / (cancels of all / active accounts)",
        "撤单相对同类",
        "Cancels against peers",
    ),
    (
        "idle_days",
        NOW,
        "count",
        "whole days without anything before this one",
        "休眠天数",
        "Days idle before",
    ),
)
_POSITION: Final[tuple[Row, ...]] = (
    ("orders", ALL, "count", "orders", "委托笔数", "Orders"),
    ("order_amount", ALL, "fen", "order_amount", "委托金额", "Amount ordered"),
    ("buy_share", ALL, "share", "buy_amount / order_amount", "买入委托占比", "Share of buying"),
    ("cancels", ALL, "count", "cancels", "撤单笔数", "Cancels"),
    (
        "cancel_amount_share",
        ALL,
        "share",
        "(cancel_buy_amount + cancel_sell_amount) / order_amount",
        "撤单金额占比",
        "Share of the amount cancelled",
    ),
    (
        "quick_share",
        ALL,
        "share",
        "quick_cancels / cancels",
        "1 秒内撤单占比",
        "Cancelled within 1 s",
    ),
    ("fills", ALL, "count", "fills", "成交笔数", "Fills"),
    ("fill_amount", ALL, "fen", "fill_buy_amount + fill_sell_amount", "成交金额", "Amount filled"),
    (
        "net_share",
        ALL,
        "share",
        "(fill_buy_amount - fill_sell_amount) / fill_amount",
        "净买入占比",
        "Net buying",
    ),
    (
        "opposite",
        ALL,
        "fen",
        "max(min(cancel_buy_amount, fill_sell_amount), min(cancel_sell_amount, fill_buy_amount))",
        "反向成交撤单金额",
        "Cancelled on one side, traded on the other",
    ),
    (
        "volume_share",
        ALL,
        "share",
        "(fill_buy_qty + fill_sell_qty) / volume of the instrument",
        "占市场成交量比",
        "Share of the market's volume",
    ),
    ("price_low", ALL, "milli", "min(price of orders)", "最低委托价", "Lowest price ordered"),
    ("price_high", ALL, "milli", "max(price of orders)", "最高委托价", "Highest price ordered"),
    (
        "matched_share",
        LONG,
        "share",
        "matched_qty / (fill_buy_qty + fill_sell_qty)",
        "互为对手成交占比",
        "Share matched with our own",
    ),
    (
        "order_usual",
        LONG,
        "fen",
        "exp(log_amount / orders)",
        "委托金额几何平均",
        "Usual order (geometric mean)",
    ),
    ("resting_buy", NOW, "qty", "shares of open buys", "未成交买量", "Resting to buy"),
    ("resting_sell", NOW, "qty", "shares of open sells", "未成交卖量", "Resting to sell"),
    (
        "limit_resting",
        NOW,
        "qty",
        "shares of open buys at the upper and sells at the lower limit",
        "涨跌停价未成交量",
        "Resting at the limit",
    ),
    (
        "book_share",
        NOW,
        "share",
        "greater of resting_buy / bid and resting_sell / offered of the best five",
        "占五档申报量比",
        "Share of the best five",
    ),
)
_PAIR: Final[tuple[Row, ...]] = (
    ("matches", ALL, "count", "matches", "互为对手笔数", "Matches"),
    ("amount", ALL, "fen", "amount", "互为对手金额", "Amount matched"),
    ("deviation", ALL, "bp", "deviation_bp / matches", "偏离市价", "Mean distance from the market"),
    (
        "both_ways",
        ALL,
        "share",
        "2 min(forward_amount, amount - forward_amount) / amount",
        "双向对倒占比",
        "Share that goes both ways",
    ),
)
_DEVICE: Final[tuple[Row, ...]] = (
    ("logins", LONG, "count", "logins", "登录次数", "Logins"),
    ("failed_logins", LONG, "count", "failed_logins", "登录失败次数", "Failed logins"),
    ("accounts", LONG, "count", "distinct accounts", "使用账户数", "Accounts"),
    ("orders", LONG, "count", "orders", "委托笔数", "Orders"),
    ("order_amount", LONG, "fen", "order_amount", "委托金额", "Amount ordered"),
    ("cash_in", LONG, "fen", "cash_in", "转入金额", "Cash in"),
    ("cash_out", LONG, "fen", "cash_out", "转出金额", "Cash out"),
)
_GROUP: Final[tuple[Row, ...]] = (
    ("orders", ALL, "count", "orders", "委托笔数", "Orders"),
    ("order_amount", ALL, "fen", "order_amount", "委托金额", "Amount ordered"),
    ("buy_share", ALL, "share", "buy_amount / order_amount", "买入委托占比", "Share of buying"),
    ("fill_amount", ALL, "fen", "fill_amount", "成交金额", "Amount filled"),
    (
        "net_share",
        ALL,
        "share",
        "(2 fill_buy_amount - fill_amount) / fill_amount",
        "净买入占比",
        "Net buying",
    ),
    ("cancel_share", ALL, "share", "cancels / orders", "撤单率", "Cancels per order"),
    ("accounts", ALL, "count", "distinct accounts", "活跃账户数", "Accounts"),
    (
        "instruments",
        ALL,
        "count",
        "distinct instruments ordered or filled",
        "委托证券只数",
        "Instruments",
    ),
)
_INSTRUMENT: Final[tuple[Row, ...]] = (
    ("quotes", ALL, "count", "quotes", "行情笔数", "Quotes"),
    ("trades", ALL, "count", "trades", "市场成交笔数", "Trades of the market"),
    ("volume", ALL, "qty", "volume", "市场成交量", "Volume of the market"),
    ("turnover", ALL, "fen", "turnover", "市场成交额", "Turnover of the market"),
    ("move", ALL, "share", "last / first price - 1", "涨跌幅", "Move"),
    ("range", ALL, "share", "highest / lowest price - 1", "振幅", "Range"),
    ("volatility", ALL, "share", "sqrt(return_sq)", "波动率", "Volatility"),
    ("spread", ALL, "bp", "spread_bp / quotes", "平均价差", "Mean spread"),
    ("imbalance", ALL, "share", "imbalance / quotes", "买卖不平衡", "Mean imbalance of the book"),
    ("own_orders", ALL, "count", "own_orders", "本公司委托笔数", "Orders of our clients"),
    ("own_share", ALL, "share", "own_qty / (2 volume)", "本公司成交占比", "Share of our clients"),
    (
        "own_net_share",
        LONG,
        "share",
        "(2 own_buy_amount - own_amount) / own_amount",
        "本公司净买入占比",
        "Net buying of our clients",
    ),
    ("own_amount", LONG, "fen", "own_amount", "本公司成交金额", "Amount filled of our clients"),
    ("own_buyers", LONG, "count", "distinct buyers of ours", "本公司买入账户数", "Our buyers"),
    ("own_sellers", LONG, "count", "distinct sellers of ours", "本公司卖出账户数", "Our sellers"),
    (
        "own_usual",
        NOW,
        "fen",
        "geometric mean of orders of ours today, one an account in every 40 accounts",
        "本公司当日各账户委托金额几何平均",
        "Usual order of our clients",
    ),
    ("from_close", NOW, "share", "last / close before - 1", "较昨收涨跌", "Move since the close"),
    ("to_upper", NOW, "share", "upper limit / last - 1", "距涨停", "To the upper limit"),
    ("to_lower", NOW, "share", "1 - lower limit / last", "距跌停", "To the lower limit"),
    ("spread_now", NOW, "bp", "10000 (ask - bid) / mid", "即时价差", "Spread"),
)
FAMILIES: Final[dict[Family, tuple[Row, ...]]] = {
    Family.ACCOUNT: _ACCOUNT,
    Family.POSITION: _POSITION,
    Family.PAIR: _PAIR,
    Family.DEVICE: _DEVICE,
    Family.GROUP: _GROUP,
    Family.INSTRUMENT: _INSTRUMENT,
}
FAMILY_NAMES: Final[dict[Family, tuple[str, str, str]]] = {
    Family.ACCOUNT: ("account", "账户", "Account"),
    Family.POSITION: ("position", "账户×证券", "Account x instrument"),
    Family.PAIR: ("pair", "对手账户对", "Pair of counterparties"),
    Family.DEVICE: ("device", "设备", "Device"),
    Family.GROUP: ("group", "客户组", "Group of clients"),
    Family.INSTRUMENT: ("instrument", "证券", "Instrument"),
}
OWNERS: Final = dict.fromkeys(Family, "surveillance") | {
    Family.DEVICE: "operations",
    Family.INSTRUMENT: "market_risk",
}


def make_catalogue() -> tuple[Indicator, ...]:
    """All of them. Within a family: those of every window, window by window; then those of the long
    ones, window by window; then those of now.
    """
    made = list[Indicator]()
    spoken = {one.code: (one.zh, one.en) for one in WINDOWS} | {"now": ("此刻", "now")}
    for family, rows in FAMILIES.items():
        name, family_zh, family_en = FAMILY_NAMES[family]
        for windows in (ALL, LONG, NOW):
            for window in windows:
                for code, over, unit, formula, zh, en in rows:
                    if over != windows:
                        continue
                    window_zh, window_en = spoken[window]
                    made.append(
                        Indicator(
                            len(made),
                            f"{name}.{code}.{window}",
                            family,
                            window,
                            unit,
                            formula,
                            f"{family_zh}{window_zh}{zh}",
                            f"{en} of {family_en.lower()}, {window_en}",
                            OWNERS[family],
                            zh,
                            en,
                        )
                    )
    return tuple(made)


CATALOGUE: Final = make_catalogue()
PLACES: Final = {one.code: one.place for one in CATALOGUE}
BEGINS: Final = {
    family: min(one.place for one in CATALOGUE if one.family is family) for family in Family
}
