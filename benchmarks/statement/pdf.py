"""How long a statement takes to become a PDF: a month of 60 rows, ten times as many, a one-page
note. Every paper differs, since Typst remembers what it has set.
"""

from __future__ import annotations

import time
from statistics import median

from benchmarks.rows import Row, row
from yunquan.app.locale import catalogue
from yunquan.statements import TypstPrinter
from yunquan.statements.rules import papers
from yunquan.statements.types import Figures, FillFacts, Movement, Paper

LIMIT = "<= 60"
DAY = "2026-07-13"
NAMES = {"600519.SH": "晨山酒业", "000001.SZ": "海原银行"}


def fill(number: int, salt: int) -> FillFacts:
    symbol = "600519.SH" if number % 3 else "000001.SZ"
    amount, at_ms = 1_234_500 * (number + 1) + salt, 1_783_908_000_000 + number * 60_000
    stamp = 617 if number % 2 else 0
    name, side, execution = f"ord_{number}", 1 + number % 2, f"E{number}"
    qty, price = 100 * (number + 1), 123_450 + salt
    return FillFacts(name, symbol, side, execution, price, qty, amount, 500, stamp, 12, at_ms, DAY)


def month(rows: int, salt: int) -> Paper:
    """A month's statement with this many trades."""
    text = text_of()
    fills = tuple(fill(number, salt) for number in range(rows))
    flow = (100_000_000 + salt, 0, 0, 0)
    flows = (Movement(DAY, 1, 0, 0, "deposit", "CNY", flow, "bank:one", "", "", None),)
    sums = {"deposit": flow[0], "commission": -500 * rows}
    nothing = (0, 0, 0, 0)
    found = Figures("2026-07-01", "2026-07-31", nothing, flow, sums, flows, fills, (), (), salt)
    facts = ((text("statement.client"), "林晓舟"), (text("statement.account"), "6000000001"))
    title = text("statement.title.month", period="2026-07", last="")
    marks = [text("statement.simulated")]
    return papers.statement_paper(found, title, facts, marks, NAMES, {}, text, "zh")


def note(salt: int) -> Paper:
    """A contract note of five fills, on one page."""
    fills = [fill(3, salt + number) for number in range(5)]
    return papers.note_paper(fills, (), (), "晨山酒业", {}, text_of(), "zh")


def text_of() -> papers.Text:
    found = catalogue()
    return lambda code, /, **facts: found.text(code, "zh_CN", **facts)


def bench(*, quick: bool) -> list[Row]:
    """Median milliseconds, all on one thread with its compiler warm."""
    printer, rounds = TypstPrinter(), 2 if quick else 15
    printer.print_now(note(0))
    sizes = {
        "statement.pdf_ms": [month(60, 1 + salt) for salt in range(rounds)],
        "statement.pdf_note_ms": [note(1 + salt) for salt in range(rounds)],
        "statement.pdf_600_ms": [month(600, 1 + salt) for salt in range(rounds)],
    }
    limits = {"statement.pdf_600_ms": "<= 600"}
    about = {
        "statement.pdf_ms": "month of 60 trades, ten columns",
        "statement.pdf_note_ms": "contract note, one page",
        "statement.pdf_600_ms": "month of 600 trades: ten times the rows",
    }
    return [
        row(
            name,
            timed(printer, made),
            "ms",
            size=about[name],
            limit=limits.get(name, LIMIT),
            note=WHY,
        )
        for name, made in sizes.items()
    ]


WHY = "Tagged PDF/UA by Typst, compiler and fonts kept; most of it is laying out the table's cells."


def timed(printer: TypstPrinter, made: list[Paper]) -> float:
    """The median time of one paper in ms."""
    times = []
    for one in made:
        began = time.perf_counter()
        printer.print_now(one)
        times.append((time.perf_counter() - began) * 1000)
    return median(times)
