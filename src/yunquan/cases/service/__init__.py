"""Use cases: folding and handling, people's acts, the desk as it stood."""

from yunquan.cases.service.cases import CaseFile, Cases, escalate_due, fold
from yunquan.cases.service.lessons import Lessons

__all__ = ["CaseFile", "Cases", "Lessons", "escalate_due", "fold"]
