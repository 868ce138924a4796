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


class DepositoryLookedUp(
    msgspec.Struct, frozen=True, array_like=True, tag="depository.looked_up@1"
):
    """Staff asked what somebody has there, because of an answer that can't be."""

    owner: str
    serial: str
    by: str


class DepositorySettled(msgspec.Struct, frozen=True, array_like=True, tag="depository.settled@1"):
    """Two members of staff settled what had been answered oddly. state: done or refused; evidence:
    the paper it rests on; by: who agreed."""

    owner: str
    serial: str
    kind: str
    state: str
    evidence: str
    proposal: str
    proposed_by: str
    by: str


EVENTS = (
    DepositoryAsked,
    DepositoryAnswered,
    DepositoryContradicted,
    DepositoryLookedUp,
    DepositorySettled,
)
