"""The web of a brokerage, as the API's own tests have it."""

from tests.partners.conftest import brokerage, client, staff, visitor, web

__all__ = ["brokerage", "client", "staff", "visitor", "web"]
