"""What was asked of the depository and what came of it. Serials and codes; no name, no number."""

from __future__ import annotations

import msgspec


class DepositoryAsked(msgspec.Struct, frozen=True, array_like=True, tag="depository.asked@1"):
    """A change is to be asked for. owner: an application or a client. kind: open, update,
    designate."""

    owner: str
    serial: str
    kind: str


class DepositoryAnswered(msgspec.Struct, frozen=True, array_like=True, tag="depository.answered@1"):
    """A request stands otherwise than before. state, code: as in RequestState and its reason; day:
    the trading day it is or will be done on."""

    owner: str
    serial: str
    kind: str
    state: str
    code: str
    day: str


class DepositoryContradicted(
    msgspec.Struct, frozen=True, array_like=True, tag="depository.contradicted@1"
):
    """A day's file says otherwise of a serial than the depository had answered; ours stands until
    somebody has looked."""

    owner: str
    serial: str
    day: str
    version: int


EVENTS = (DepositoryAsked, DepositoryAnswered, DepositoryContradicted)
