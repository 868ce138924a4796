"""Exceptional days 交易开关: stopping, resuming and changing the gateway at every counter at once.

What must hold: an act reaches each counter once however often it is told, what didn't reach one is
named and can be told again, and what touches the whole firm takes two people.
"""

from yunquan.switches.service import Switches

__all__ = ["Switches"]
