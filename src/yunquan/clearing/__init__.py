"""The day end 日终清算: closes the day, reads its fees a second time, books what issuers give and
take, nets what the firm pays, writes every account's day down, proves the books, and says so.

What must hold: a step done twice changes nothing; a run killed anywhere goes on from there; what
belongs to a day is decided by the log's sequence, never by a clock; trading never waits for it; no
statement is let out of books that don't add up.
"""

from yunquan.clearing.ports import NoActions
from yunquan.clearing.service.runs import due_days, load_run, load_runs, perform
from yunquan.clearing.service.steps import Clearing
from yunquan.clearing.store import (
    day_before,
    load_days,
    load_dues,
    load_obligations,
    load_positions,
)

__all__ = [
    "Clearing",
    "NoActions",
    "day_before",
    "due_days",
    "load_days",
    "load_dues",
    "load_obligations",
    "load_positions",
    "load_run",
    "load_runs",
    "perform",
]
