"""The desk: what a client or a member of staff may do, as verbs over the trading rooms, shared by
every face.

What must hold: whoever asks sees their own and nothing else; every figure comes from the counter or
says how old it is;
a page and the API answer from the same function.
"""

from yunquan.desk.service.desk import Desk
from yunquan.desk.service.screen import Screen

__all__ = ["Desk", "Screen"]
