"""Inquiry 查询: any order and any posting, for staff, by whatever is known of it.

What must hold: a search goes by an index however many accounts there are, or is refused and says
what to add; what is shown adds up, and says so where it doesn't; names are masked.
"""

from yunquan.inquiry.service import Inquiry

__all__ = ["Inquiry"]
