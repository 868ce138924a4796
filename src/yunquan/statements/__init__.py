"""Statements 对账单: what a day, a month, an order came to, as page, PDF and CSV; costs by method.

What must hold: every figure follows from what history has of the counter, to the fen; the same
facts give the same bytes; text of others is never read as markup or formula.
"""

from yunquan.statements.adapters.typst_printer import TypstPrinter
from yunquan.statements.ports import Printer
from yunquan.statements.rules.papers import csv_text
from yunquan.statements.service.clear import clear_money
from yunquan.statements.service.flow import cash_flow, cash_flow_paper
from yunquan.statements.service.statements import Statements

__all__ = [
    "Printer",
    "Statements",
    "TypstPrinter",
    "cash_flow",
    "cash_flow_paper",
    "clear_money",
    "csv_text",
]
