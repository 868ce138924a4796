"""Audit 员工行为审计: every act and every look by staff, as the log has it, in one list.

What must hold: whatever in the log was done by staff is here with who, what, on whom, why, who else
agreed and what became of it; it can be rebuilt from the first event; whoever reads it is in it.
"""

from yunquan.audit.service import Audit

__all__ = ["Audit"]
