"""Foes: days of orders, trades, money and logins with adversaries of every kind among ordinary
people and those who only look like foes, and the truth about each. Needs numpy (the extra
`surveillance`).
"""

from __future__ import annotations

from yunquan_world.foes.days import KINDS, Scale, World
from yunquan_world.foes.rows import ROW, Day, Truth

__all__ = ["KINDS", "ROW", "Day", "Scale", "Truth", "World"]
