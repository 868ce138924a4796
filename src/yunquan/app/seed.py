"""What a first start needs: bars of the market, and in demo mode clients, staff and their
accounts.
"""

from __future__ import annotations
