"""Venues: the links to exchanges. Orders go out, reports come back numbered, nothing in between is
trusted to arrive.

What must hold: an order goes out under our own id and only after it is durable; a gap in the
reports is asked for again;
the market's clock, phases and reference data come from the exchange.
"""

from yunquan.venues.adapters.exchange import ExchangeGateway
from yunquan.venues.adapters.gateways import ExchangeGateways
from yunquan.venues.ports import VenueListener

__all__ = ["ExchangeGateway", "ExchangeGateways", "VenueListener"]
