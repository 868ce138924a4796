"""Use cases of transfers between banks and cash accounts."""

from yunquan.funding.service.begun import answer_begun, reverse
from yunquan.funding.service.drive import Funding, settle
from yunquan.funding.service.passwords import (
    change_cash_password,
    has_cash_password,
    set_cash_password,
)
from yunquan.funding.service.transfers import (
    bind,
    list_transfers,
    load_binding,
    load_terms,
    load_transfer,
    pay_in,
    pay_out,
    recover,
    resolve,
)

__all__ = [
    "Funding",
    "answer_begun",
    "bind",
    "change_cash_password",
    "has_cash_password",
    "list_transfers",
    "load_binding",
    "load_terms",
    "load_transfer",
    "pay_in",
    "pay_out",
    "recover",
    "resolve",
    "reverse",
    "set_cash_password",
    "settle",
]
