"""Use cases: folding and handling, people's acts, clients' proofs, the desk as it stood."""

from yunquan.cases.service.cases import CaseFile, Cases, declined, escalate_due, fold, released
from yunquan.cases.service.lessons import Lessons, RuleLesson
from yunquan.cases.service.proofs import Proofs, Proving

__all__ = [
    "CaseFile",
    "Cases",
    "Lessons",
    "Proofs",
    "Proving",
    "RuleLesson",
    "declined",
    "escalate_due",
    "fold",
    "released",
]
