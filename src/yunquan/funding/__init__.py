"""Funding: money between a client's bank account and their cash account, through the bank.

What must hold: a transfer is known to the bank by one serial and to the counter by one command id
for ever, so that no fault loses it or does it twice; an unknown outcome is settled by asking for
that serial, never by a new one; nothing is awaited inside a transaction; money goes to the bound
bank account only.
"""

from yunquan.funding.adapters.bank_socket import BankSocket
from yunquan.funding.ports import Bank
from yunquan.funding.service import (
    Funding,
    bind,
    list_transfers,
    load_binding,
    load_terms,
    load_traffic,
    load_transfer,
    pay_in,
    pay_out,
    recover,
    resolve,
)

__all__ = [
    "Bank",
    "BankSocket",
    "Funding",
    "bind",
    "list_transfers",
    "load_binding",
    "load_terms",
    "load_traffic",
    "load_transfer",
    "pay_in",
    "pay_out",
    "recover",
    "resolve",
]
