"""Complaints 投诉登记: what somebody is dissatisfied with, by when they hear, what they heard.

What must hold: every complaint has its deadlines from dated rows and the calendar, from the moment
it is registered; a step once taken stays; a client sees their own and no internal note; an
anonymous complainant's contact is sealed, and a look at it leaves a record.
"""

from yunquan.complaints.service import Complaints

__all__ = ["Complaints"]
