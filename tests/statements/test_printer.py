"""PDF by Typst: same paper, same bytes; text stays text; many at once."""

from __future__ import annotations

import asyncio

import pytest

from tests.statements.test_rules import hostile_paper
from yunquan.kernel.errors import Unavailable
from yunquan.statements import TypstPrinter
from yunquan.statements.types import Paper, PaperColumn, PaperTable

MARKUP = ["#panic()", '#read("/etc/passwd")', "*b* _i_ $x$ `c`", "= heading", "<l> @r", "\\"]


def paper(rows: int = 3, cells: list[str] | None = None) -> Paper:
    columns = tuple(PaperColumn(f"列{number}", number > 2) for number in range(6))
    body = tuple(tuple(cells or [f"晨山酒业 {row}"] * 6) for row in range(rows))
    table = PaperTable("成交", columns, body, "没有")
    empty = PaperTable("转账", columns, (), "本期没有")
    return Paper(
        "日对账单", "zh", "云泉", "模拟", (("客户", "林晓舟"),), (table, empty), ("注",), "f"
    )


def test_the_same_paper_gives_the_same_bytes() -> None:
    first, second = TypstPrinter(), TypstPrinter()
    made = first.print_now(paper())
    other = first.print_now(paper(4))
    assert made.startswith(b"%PDF")
    assert made != other
    assert second.print_now(paper()) == made
    assert b"/Lang" in made
    assert b"/StructTreeRoot" in made


@pytest.mark.parametrize("cells", [MARKUP, ["A" * 400] * 6, ["", " ", "\u202e", "𠮷", "é", "\n"]])
def test_text_of_others_is_set_as_it_is(cells: list[str]) -> None:
    assert TypstPrinter().print_now(paper(2, cells)).startswith(b"%PDF")
    assert TypstPrinter().print_now(hostile_paper()).startswith(b"%PDF")


def test_a_long_table_breaks_over_pages() -> None:
    pages = TypstPrinter().print_now(paper(200), "png")
    assert len(pages) > 3


async def _print_many(printer: TypstPrinter, count: int) -> list[bytes | BaseException]:
    work = (printer.pdf(paper(number)) for number in range(count))
    return await asyncio.gather(*work, return_exceptions=True)


def test_many_at_once_are_bounded_and_the_rest_is_told_so() -> None:
    printer = TypstPrinter()
    made = asyncio.run(_print_many(printer, 40))
    refused = [one for one in made if isinstance(one, Unavailable)]
    assert sum(isinstance(one, bytes) for one in made) == 32
    assert [one.code for one in refused] == ["statement.busy"] * 8
    assert all(isinstance(one, bytes) for one in asyncio.run(_print_many(printer, 4)))
