"""How rules changed. Times ms UTC."""

from __future__ import annotations

import msgspec

from yunquan.rulebook.types import RuleText


# Logs from before the rule book had a room hold this name.
class RuleStateSet(
    msgspec.Struct, frozen=True, array_like=True, tag="surveillance.rule_state_set@1"
):
    """A version of a rule is in this state from here on in the stream. number: its place in the
    kernel's memory.
    """

    code: str
    version: int
    state: str
    number: int
    text: RuleText
    basis: str
    by: str


EVENTS = (RuleStateSet,)
