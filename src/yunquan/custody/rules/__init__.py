"""What a bank's file decides and where it differs; what a client's cash is. Pure."""

from yunquan.custody.rules.cash import cash_line_view, cash_lines
from yunquan.custody.rules.files import (
    decide_doubt,
    differences,
    digest_of,
    firm_fees,
    ours_net,
    read_file,
    row_serial,
    serial_of,
    staff_transfer,
)
from yunquan.funding.rules import Text

__all__ = [
    "Text",
    "cash_line_view",
    "cash_lines",
    "decide_doubt",
    "differences",
    "digest_of",
    "firm_fees",
    "ours_net",
    "read_file",
    "row_serial",
    "serial_of",
    "staff_transfer",
]
