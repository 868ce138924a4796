"""Funding: money between a client's bank account and their cash account, through custodian banks.

What must hold: a transfer is known to the bank by one serial and to the counter by one command id
for ever, so that no fault loses it or does it twice; the bank is asked once, and an unknown outcome
is settled by its file of the day or by a reversal of whoever began it, never by asking again;
nothing is awaited inside a transaction; money goes to the bound bank account only; no password is
kept readable or put in an event.
"""

from yunquan.funding.adapters.bank_socket import BankSocket
from yunquan.funding.ports import Bank
from yunquan.funding.service.begun import answer_begun, reverse
from yunquan.funding.service.drive import Funding, settle
from yunquan.funding.service.passwords import (
    change_cash_password,
    check_fit,
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
from yunquan.funding.store import doubted as load_doubts
from yunquan.funding.store import find_bound, find_request, load_traffic, of_bank_day, unfinished_of
from yunquan.funding.store import load_terms as load_bank_terms

__all__ = [
    "Bank",
    "BankSocket",
    "Funding",
    "answer_begun",
    "bind",
    "change_cash_password",
    "check_fit",
    "find_bound",
    "find_request",
    "has_cash_password",
    "list_transfers",
    "load_bank_terms",
    "load_binding",
    "load_doubts",
    "load_terms",
    "load_traffic",
    "load_transfer",
    "of_bank_day",
    "pay_in",
    "pay_out",
    "recover",
    "resolve",
    "reverse",
    "set_cash_password",
    "settle",
    "unfinished_of",
]
