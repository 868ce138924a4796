"""Custody 三方存管: at which banks a client's money is, and the banks' files of each day, which
decide transfers in doubt and are compared with our books.

What must hold: a file that is half, altered, repeated or another day's is refused by name and
changes nothing; a doubt that a file has decided stays decided; where file and books disagree on
money, that is kept and shown, and nobody's balance is touched; money goes back to the bank account
that its cash account is bound to, however it came.
"""

from yunquan.custody.service.files import load_day, load_differences, take_file, take_files
from yunquan.custody.service.office import Custody
from yunquan.custody.store import firm_fees as load_firm_fees
from yunquan.custody.store import last_taken

__all__ = [
    "Custody",
    "last_taken",
    "load_day",
    "load_differences",
    "load_firm_fees",
    "take_file",
    "take_files",
]
