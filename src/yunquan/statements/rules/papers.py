"""Statements and contract notes as papers. Pure: figures in, text out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from yunquan.counter.types import Side
from yunquan.kernel.money import fen_to_text, milli_to_text
from yunquan.kernel.zone import in_market_zone
from yunquan.market.rules.fees import part_fen
from yunquan.statements.types import (
    Buckets,
    Coming,
    Figures,
    FillFacts,
    Holding,
    Movement,
    Paper,
    PaperColumn,
    PaperTable,
)
from yunquan.tariffs.rules import source_text

Text = Callable[..., str]
BUCKETS: Final = ("available", "settling", "frozen", "held")
# In the order people reckon: what came, what went, what it cost.
KINDS: Final = (
    "deposit",
    "withdrawal",
    "between",
    "sold",
    "bought",
    "commission",
    "stamp",
    "transfer_fee",
    "dividend",
    "dividend_tax",
    "rights_payment",
    "rights_refund",
    "interest",
    "fee",
    "settlement",
    "dues",
    "correction",
    "other",
)
FEES: Final = ("commission", "stamp", "transfer_fee", "dividend_tax", "fee", "dues")


class Rate:
    """What a fee rests on. e8: parts per 10^8 of the amount; source: mark of the rule."""

    __slots__ = ("e8", "since", "source")

    def __init__(self, e8: int, source: str, since: str) -> None:
        self.e8 = e8
        self.source = source
        self.since = since


Rates = Mapping[str, Rate]


def money(fen: int | None) -> str:
    """Fen as people read it, with thousands: "12,345.60"; "--" where it can't be known."""
    if fen is None:
        return "--"
    sign, digits = ("-", fen_to_text(-fen)) if fen < 0 else ("", fen_to_text(fen))
    whole, _, rest = digits.partition(".")
    return f"{sign}{int(whole):,}.{rest}"


def moment(day: str, at_ms: int) -> str:
    """A trading day and our time of day in Beijing; a simulated market keeps days of its own."""
    time = in_market_zone(at_ms)
    return f"{day[5:]} {time:%H:%M:%S}"


def percent(e8: int) -> str:
    """Parts per 10^8 as percent: 25000 -> "0.025%"."""
    scaled = Decimal(e8).scaleb(-6)
    return f"{scaled.normalize():f}%"


def net_of(fill: FillFacts) -> int:
    """What a fill brought (above zero) or took, all fees counted, in fen."""
    fees = fill.commission + fill.stamp + fill.transfer
    return -(fill.worth + fees) if fill.side == Side.BUY else fill.worth - fees


def fees_total(figures: Figures) -> int:
    """All fees and taxes of a period in fen, above zero."""
    return -sum(figures.sums.get(kind, 0) for kind in FEES)


def statement_paper(
    figures: Figures,
    title: str,
    facts: Sequence[tuple[str, str]],
    marks: Sequence[str],
    names: Mapping[str, str],
    inside: Mapping[str, Rates],
    text: Text,
    lang: str,
) -> Paper:
    """A statement. names: of securities; inside: per security what its commission contains."""
    tables = [_cash_table(figures, text), *_flow_tables(figures, names, text)]
    tables.append(fills_table(figures.fills, names, text))
    tables.append(_holdings_table(figures.holdings, names, text))
    if figures.coming:
        tables.append(_coming_table(figures.coming, names, text))
    contained = [_contained(fill, inside.get(fill.symbol, {})) for fill in figures.fills]
    notes = [
        text(
            "statement.note.inside",
            handling=money(sum(one[0] for one in contained)),
            levy=money(sum(one[1] for one in contained)),
        ),
        text("statement.note.cost"),
        text("statement.note.rules"),
    ]
    if any(one.cost is None for one in figures.holdings):
        notes.append(text("statement.note.uncosted"))
    return Paper(
        title=title,
        lang=lang,
        firm=text("statement.firm"),
        mark=" ".join(marks),
        facts=(*facts, *_sum_facts(figures, text)),
        tables=tuple(tables),
        notes=tuple(notes),
        footer=text("statement.footer"),
    )


def _sum_facts(figures: Figures, text: Text) -> tuple[tuple[str, str], ...]:
    value = _all_of([one.value for one in figures.holdings])
    coming = _all_of([one.value for one in figures.coming])
    total = None if value is None or coming is None else value + coming + sum(figures.closing)
    new = ((text("statement.coming_value"), money(coming)),) if figures.coming else ()
    return (
        (text("statement.market_value"), money(value)),
        *new,
        (text("statement.total"), money(total)),
        (text("statement.fees_total"), money(fees_total(figures))),
        (text("statement.realised"), money(figures.realised)),
    )


def _all_of(values: Sequence[int | None]) -> int | None:
    """Their sum, None if one of them can't be known."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _contained(fill: FillFacts, rates: Rates) -> tuple[int, int]:
    """Handling fee and levy that are inside a fill's commission, in fen."""
    found = [rates.get(name) for name in ("handling_e8", "levy_e8")]
    handling, levy = (part_fen(fill.worth, rate.e8) if rate else 0 for rate in found)
    return handling, levy


def _cash_table(figures: Figures, text: Text) -> PaperTable:
    moved = tuple(
        (text(f"statement.kind.{kind}"), *([""] * len(BUCKETS)), money(figures.sums[kind]))
        for kind in KINDS
        if figures.sums.get(kind)
    )
    columns = (
        PaperColumn(text("statement.cash"), share=3),
        *(PaperColumn(text(f"statement.bucket.{name}"), True, 2) for name in BUCKETS),
        PaperColumn(text("statement.amount"), True, 2),
    )
    return PaperTable(
        text("statement.cash_title"),
        columns,
        (_balance_row(text("statement.opening"), figures.opening), *moved),
        "",
        _balance_row(text("statement.closing"), figures.closing),
    )


def _balance_row(label: str, buckets: Buckets) -> tuple[str, ...]:
    return (label, *(money(fen) for fen in buckets), money(sum(buckets)))


def _flow_tables(figures: Figures, names: Mapping[str, str], text: Text) -> tuple[PaperTable, ...]:
    columns = (
        PaperColumn(text("statement.time"), share=2),
        PaperColumn(text("statement.what"), share=2),
        PaperColumn(text("statement.about"), share=4),
        PaperColumn(text("statement.amount"), True, 2),
    )
    flows = tuple(_movement_row(one, names, text) for one in figures.flows)
    actions = tuple(_movement_row(one, names, text) for one in figures.actions)
    return (
        PaperTable(text("statement.transfers"), columns, flows, text("statement.no_transfers")),
        PaperTable(text("statement.actions"), columns, actions, text("statement.no_actions")),
    )


def _movement_row(one: Movement, names: Mapping[str, str], text: Text) -> tuple[str, ...]:
    security = f"{names.get(one.symbol, '')} {one.symbol}".strip()
    about = " · ".join(part for part in (security, one.basis) if part)
    about = about or _house_name(one.house, text)
    amount = f"{one.amount:,}" if "." in one.asset else money(one.amount)
    return (moment(one.day, one.at_ms), text(f"statement.kind.{one.kind}"), about, amount)


def _house_name(house: str, text: Text) -> str:
    """A bank by its name, as far as it is one that clients are told of."""
    family, _, code = house.partition(":")
    named = text(f"bank.{code}") if family == "bank" else code
    return code if named == f"bank.{code}" else named


def fills_table(fills: Sequence[FillFacts], names: Mapping[str, str], text: Text) -> PaperTable:
    """Every execution with each fee."""
    columns = (
        PaperColumn(text("statement.time"), share=5),
        PaperColumn(text("statement.security"), share=6),
        PaperColumn(text("statement.side"), share=2),
        PaperColumn(text("statement.price"), True, 4),
        PaperColumn(text("statement.qty"), True, 3),
        PaperColumn(text("statement.amount"), True, 5),
        PaperColumn(text("statement.kind.commission"), True, 5),
        PaperColumn(text("statement.kind.stamp"), True, 4),
        PaperColumn(text("statement.kind.transfer_fee"), True, 4),
        PaperColumn(text("statement.net"), True, 5),
    )
    rows = tuple(
        (
            moment(one.day, one.at_ms),
            f"{names.get(one.symbol, one.symbol)} {one.symbol}",
            text("statement.buy" if one.side == Side.BUY else "statement.sell"),
            milli_to_text(one.price),
            f"{one.qty:,}",
            money(one.worth),
            money(one.commission),
            money(one.stamp),
            money(one.transfer),
            money(net_of(one)),
        )
        for one in fills
    )
    totals = (
        text("statement.sum"),
        *([""] * 4),
        money(sum(one.worth for one in fills)),
        money(sum(one.commission for one in fills)),
        money(sum(one.stamp for one in fills)),
        money(sum(one.transfer for one in fills)),
        money(sum(net_of(one) for one in fills)),
    )
    empty = text("statement.no_trades")
    return PaperTable(text("statement.trades"), columns, rows, empty, totals if rows else ())


def _holdings_table(
    holdings: Sequence[Holding], names: Mapping[str, str], text: Text
) -> PaperTable:
    columns = (
        PaperColumn(text("statement.security"), share=4),
        PaperColumn(text("statement.qty"), True, 2),
        PaperColumn(text("statement.sellable"), True, 2),
        PaperColumn(text("statement.close"), True, 2),
        PaperColumn(text("statement.market_value"), True, 3),
        PaperColumn(text("statement.cost"), True, 3),
        PaperColumn(text("statement.unrealised"), True, 3),
    )
    rows = tuple(
        (
            f"{names.get(one.symbol, one.symbol)} {one.symbol}",
            f"{one.qty:,}",
            f"{one.buckets[0]:,}",
            milli_to_text(one.price) if one.price else "--",
            money(one.value),
            money(one.cost),
            money(None if one.cost is None or one.value is None else one.value - one.cost),
        )
        for one in holdings
    )
    empty = text("statement.no_positions")
    return PaperTable(text("statement.positions"), columns, rows, empty)


def _coming_table(coming: Sequence[Coming], names: Mapping[str, str], text: Text) -> PaperTable:
    """New shares that can't be sold yet, apart from what is held."""
    columns = (
        PaperColumn(text("statement.security"), share=4),
        PaperColumn(text("statement.what"), share=2),
        PaperColumn(text("statement.qty"), True, 2),
        PaperColumn(text("statement.listing_day"), share=3),
        PaperColumn(text("statement.paid"), True, 3),
        PaperColumn(text("statement.market_value"), True, 3),
    )
    rows = tuple(
        (
            f"{names.get(one.shares.symbol, one.shares.symbol)} {one.shares.symbol}",
            text(f"statement.kind.{one.shares.kind}"),
            f"{one.shares.qty:,}",
            one.shares.listing_day,
            money(one.shares.paid_fen),
            money(one.value)
            if one.shares.ex or one.shares.paid_fen
            else text("statement.in_price"),
        )
        for one in coming
    )
    return PaperTable(text("statement.coming"), columns, rows, "")


def note_paper(
    fills: Sequence[FillFacts],
    facts: Sequence[tuple[str, str]],
    marks: Sequence[str],
    name: str,
    rates: Rates,
    text: Text,
    lang: str,
) -> Paper:
    """The contract note of one order: its fills, each fee with its rate and source, the net."""
    worth = sum(one.worth for one in fills)
    charged = {
        "commission_e8": sum(one.commission for one in fills),
        "stamp_sell_e8": sum(one.stamp for one in fills),
        "transfer_e8": sum(one.transfer for one in fills),
    }
    columns = (
        PaperColumn(text("statement.fee"), share=4),
        PaperColumn(text("statement.rate"), True, 2),
        PaperColumn(text("statement.amount"), True, 2),
        PaperColumn(text("statement.source"), share=4),
    )
    rows: list[tuple[str, ...]] = []
    for rule, fen in charged.items():
        rows.append(_fee_row(text(f"market.rule.{rule}"), rates.get(rule), fen, text))
    for rule in ("handling_e8", "levy_e8"):
        rate = rates.get(rule)
        part = sum(part_fen(one.worth, rate.e8) for one in fills) if rate else 0
        rows.append(_fee_row(f"  {text(f'market.rule.{rule}')}", rate, part, text))
    total = (text("statement.fees_total"), "", money(sum(charged.values())), "")
    fees = PaperTable(text("statement.fees"), columns, tuple(rows), "", total)
    names = {one.symbol: name for one in fills}
    summed = (
        (text("statement.gross"), money(worth)),
        (text("statement.net"), money(sum(net_of(one) for one in fills))),
    )
    return Paper(
        title=text("statement.note_title"),
        lang=lang,
        firm=text("statement.firm"),
        mark=" ".join(marks),
        facts=(*facts, *summed),
        tables=(fills_table(fills, names, text), fees),
        notes=(text("statement.note.note"), text("statement.note.rules")),
        footer=text("statement.footer"),
    )


def _fee_row(label: str, rate: Rate | None, fen: int, text: Text) -> tuple[str, ...]:
    if rate is None:
        return (label, "--", money(fen), "")
    source = text("statement.rests_on", source=source_text(rate.source, text), since=rate.since)
    return (label, percent(rate.e8), money(fen), source)


_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_text(paper: Paper) -> str:
    """The paper for a spreadsheet, which is kept from taking text for a formula; begins with the
    byte order mark that makes it read Chinese.
    """
    lines = [[paper.title], *([paper.mark] if paper.mark else [],)]
    lines += [list(pair) for pair in paper.facts]
    for table in paper.tables:
        lines += [[], [table.title], [column.title for column in table.columns]]
        lines += [list(row) for row in table.rows] or [[table.empty]]
        lines += [list(table.totals)] if table.totals else []
    lines += [[], *([note] for note in paper.notes)]
    return "\ufeff" + "\r\n".join(",".join(_cell(cell) for cell in line) for line in lines) + "\r\n"


def _cell(cell: str) -> str:
    digits = cell.replace(",", "").removeprefix("-")
    if digits.replace(".", "", 1).isdigit() and digits.isascii():
        return cell.replace(",", "")
    safe = f"'{cell}" if cell.startswith(_RISKY) else cell
    return '"' + safe.replace('"', '""') + '"'
