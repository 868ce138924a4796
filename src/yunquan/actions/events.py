"""What became known of actions, and what their record days fixed."""

from __future__ import annotations

import msgspec


class ActionAnnounced(msgspec.Struct, frozen=True, array_like=True, tag="actions.announced@1"):
    """An action, or a newer version of one, is in force. Parts per 10 shares: e6 are 10^-6 CNY or
    shares. by: who agreed.
    """

    action: str
    version: int
    symbol: str
    record_day: str
    ex_day: str
    pay_day: str
    listing_day: str
    cash_e6: int
    bonus_e6: int
    capital_e6: int
    from_premium: bool
    rights_e6: int
    rights_price_milli: int
    source: str
    by: str
    rights_from: str = ""
    rights_to: str = ""
    rights_code: str = ""


class ActionWithdrawn(msgspec.Struct, frozen=True, array_like=True, tag="actions.withdrawn@1"):
    """The issuer won't: nothing of it is due."""

    action: str
    version: int
    source: str
    by: str


class EntitlementsFixed(
    msgspec.Struct, frozen=True, array_like=True, tag="actions.entitlements_fixed@1"
):
    """A record day closed at a counter: how many accounts are due how much in all. Fen, shares."""

    action: str
    day: str
    counter: str
    accounts: int
    quantity: int
    cash_fen: int
    shares: int
    rights: int


EVENTS = (ActionAnnounced, ActionWithdrawn, EntitlementsFixed)
