"""Cases 预警处置: alerts about one thing as one case, graded, on a clock, with what was done.

What must hold: every alert of grade 2 and up is in exactly one case; every measure names what it
rests on, and is refused without; nothing that may be laundering is told to the client; what the
table did by itself a person can undo; a clock that ran out goes to somebody higher.
"""

from __future__ import annotations

from yunquan.cases.service import (
    CaseFile,
    Cases,
    Lessons,
    Proofs,
    Proving,
    RuleLesson,
    escalate_due,
)

__all__ = ["CaseFile", "Cases", "Lessons", "Proofs", "Proving", "RuleLesson", "escalate_due"]
