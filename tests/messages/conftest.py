"""The web of a brokerage, as the API's own tests have it."""

from tests.partners.conftest import brokerage, visitor, web

__all__ = ["brokerage", "visitor", "web"]
