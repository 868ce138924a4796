"""Depository 登记公司: unified accounts 一码通, sub-accounts and designation at ChinaClear.

What must hold: a request is durable before it is sent and goes out under one serial for ever, so
that no crash and no lost answer opens anything twice; what came at night is decided by the day's
file; a file that is half, altered, foreign or malformed changes nothing; what is final stays, and
a contradiction is told, never followed; what can't be is kept as it came, and two members of staff
settle it.
"""

from yunquan.depository.adapters.depository_socket import DepositorySocket
from yunquan.depository.ports import DepositoryLine
from yunquan.depository.service.depository import Depository
from yunquan.depository.service.settling import Settling

__all__ = ["Depository", "DepositoryLine", "DepositorySocket", "Settling"]
