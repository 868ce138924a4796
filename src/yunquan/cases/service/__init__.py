"""Use cases: folding and handling, people's acts, the desk as it stood."""

from yunquan.cases.service.cases import CaseFile, Cases, escalate_due, fold

__all__ = ["CaseFile", "Cases", "escalate_due", "fold"]
