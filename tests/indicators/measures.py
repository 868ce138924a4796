"""What each event adds to each sum of each family, as Polars says it; whom it is about."""

from __future__ import annotations

import polars as pl

from yunquan.indicators.types import Family, Kind

PERSONAL = [
    Kind.ORDER,
    Kind.CANCEL,
    Kind.FILL,
    Kind.REFUSED,
    Kind.CASH_IN,
    Kind.CASH_OUT,
    Kind.LOGIN,
    Kind.LOGIN_FAILED,
    Kind.MATCH,
]
# Sums that are kept in finer units, so that Polars adds whole numbers.
FINER = {"gap_s": 1_000, "gap_s_sq": 1_000_000}


def is_kind(*kinds: Kind) -> pl.Expr:
    return pl.col("kind").is_in([int(one) for one in kinds])


def count(*kinds: Kind) -> pl.Expr:
    return is_kind(*kinds).cast(pl.Int64)


def of(kind: Kind, value: str, *, side: int = 0) -> pl.Expr:
    """A column, of rows of a kind (and side) only."""
    which = is_kind(kind)
    if side:
        which = which & ((pl.col("side") > 0) if side > 0 else (pl.col("side") <= 0))
    return pl.when(which).then(pl.col(value)).otherwise(0)


def squared(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.Int128) * value.cast(pl.Int128)


ORDER, CANCEL, FILL = Kind.ORDER, Kind.CANCEL, Kind.FILL
QUICK = (is_kind(CANCEL) & (pl.col("age") <= 1_000)).cast(pl.Int64)
# Of an order of nothing that of one fen.
LOG = pl.when(is_kind(ORDER)).then(pl.max_horizontal(pl.col("amount"), 1).log()).otherwise(0.0)
TRADING = {
    "orders": count(ORDER),
    "order_amount": of(ORDER, "amount"),
    "buy_amount": of(ORDER, "amount", side=1),
    "fills": count(FILL),
    "fill_amount": of(FILL, "amount"),
    "fill_buy_amount": of(FILL, "amount", side=1),
    "cancels": count(CANCEL),
    "quick_cancels": QUICK,
}
MONEY = {
    "logins": count(Kind.LOGIN),
    "failed_logins": count(Kind.LOGIN_FAILED),
    "cash_in": of(Kind.CASH_IN, "amount"),
    "cash_out": of(Kind.CASH_OUT, "amount"),
}
SUMS: dict[Family, dict[str, pl.Expr]] = {
    Family.ACCOUNT: TRADING
    | MONEY
    | {
        "order_amount_sq": squared(of(ORDER, "amount")),
        "cancel_amount": of(CANCEL, "amount"),
        "refused": count(Kind.REFUSED),
        "gaps": pl.col("gap_ms").is_not_null().cast(pl.Int64),
        "gap_s": pl.col("gap_ms").fill_null(0),
        "gap_s_sq": squared(pl.col("gap_ms").fill_null(0)),
        "cash_moves": count(Kind.CASH_IN, Kind.CASH_OUT),
        "matched_amount": of(Kind.MATCH, "amount"),
    },
    Family.POSITION: TRADING
    | {
        "cancel_buy_amount": of(CANCEL, "amount", side=1),
        "cancel_sell_amount": of(CANCEL, "amount", side=-1),
        "fill_buy_qty": of(FILL, "qty", side=1),
        "fill_sell_qty": of(FILL, "qty", side=-1),
        "fill_sell_amount": of(FILL, "amount", side=-1),
        "matched_qty": of(Kind.MATCH, "qty"),
        "log_amount": LOG,
    },
    Family.PAIR: {
        "matches": count(Kind.MATCH),
        "amount": of(Kind.MATCH, "amount"),
        "qty": of(Kind.MATCH, "qty"),
        "deviation_bp": pl.col("deviation_bp"),
        "forward_amount": pl.when(pl.col("account") < pl.col("other"))
        .then(pl.col("amount"))
        .otherwise(0),
    },
    Family.DEVICE: TRADING | MONEY,
    Family.GROUP: TRADING,
    Family.INSTRUMENT: {
        "quotes": count(Kind.QUOTE),
        "trades": count(Kind.TRADE),
        "volume": of(Kind.QUOTE, "qty"),
        "turnover": of(Kind.QUOTE, "amount"),
        "return_sq": pl.col("return_sq"),
        "spread_bp": pl.when(is_kind(Kind.QUOTE) & (pl.col("a") > 0) & (pl.col("b") > 0))
        .then(10_000 * (pl.col("b") - pl.col("a")) / ((pl.col("a") + pl.col("b")) / 2))
        .otherwise(0.0),
        "imbalance": pl.when(is_kind(Kind.QUOTE) & (pl.col("c") + pl.col("d") > 0))
        .then((pl.col("c") - pl.col("d")) / (pl.col("c") + pl.col("d")))
        .otherwise(0.0),
        "own_orders": count(ORDER),
        "own_qty": of(FILL, "qty"),
        "own_amount": of(FILL, "amount"),
        "own_buy_amount": of(FILL, "amount", side=1),
    },
}
PERSON = (pl.col("account") >= 0) & is_kind(*PERSONAL)
ABOUT: dict[Family, pl.Expr] = {
    Family.ACCOUNT: PERSON,
    Family.POSITION: PERSON & (pl.col("symbol") >= 0),
    Family.PAIR: is_kind(Kind.MATCH)
    & (pl.col("account") >= 0)
    & (pl.col("other") >= 0)
    & (pl.col("account") != pl.col("other")),
    Family.DEVICE: pl.col("device") >= 0,
    Family.GROUP: PERSON & (pl.col("group") >= 0),
    Family.INSTRUMENT: pl.col("symbol") >= 0,
}
KEYS: dict[Family, list[pl.Expr]] = {
    Family.ACCOUNT: [pl.col("account")],
    Family.POSITION: [pl.col("account"), pl.col("symbol")],
    Family.PAIR: [pl.min_horizontal("account", "other"), pl.max_horizontal("account", "other")],
    Family.DEVICE: [pl.col("device")],
    Family.GROUP: [pl.col("group")],
    Family.INSTRUMENT: [pl.col("symbol")],
}
NOBODY = pl.lit(None, pl.Int64)


def member(which: pl.Expr, who: str) -> pl.Expr:
    return pl.when(which & (pl.col(who) >= 0)).then(pl.col(who)).otherwise(None).cast(pl.Int64)


# Members of the two sets of a family.
SETS: dict[Family, tuple[pl.Expr, pl.Expr]] = {
    Family.ACCOUNT: (member(is_kind(ORDER), "symbol"), member(is_kind(Kind.LOGIN), "device")),
    Family.POSITION: (NOBODY, NOBODY),
    Family.PAIR: (NOBODY, NOBODY),
    Family.DEVICE: (member(pl.lit(True), "account"), NOBODY),
    Family.GROUP: (member(pl.lit(True), "account"), member(is_kind(ORDER, FILL), "symbol")),
    Family.INSTRUMENT: (
        member(is_kind(FILL) & (pl.col("side") > 0), "account"),
        member(is_kind(FILL) & (pl.col("side") <= 0), "account"),
    ),
}
# The values whose least, greatest and first are kept.
ENDS: dict[Family, pl.Expr] = {
    Family.ACCOUNT: pl.when(is_kind(ORDER)).then(pl.col("amount")).otherwise(None),
    Family.POSITION: pl.when(is_kind(ORDER)).then(pl.col("price")).otherwise(None),
    Family.PAIR: NOBODY,
    Family.DEVICE: NOBODY,
    Family.GROUP: NOBODY,
    Family.INSTRUMENT: pl.when(is_kind(Kind.QUOTE) & (pl.col("price") > 0))
    .then(pl.col("price"))
    .otherwise(None),
}
