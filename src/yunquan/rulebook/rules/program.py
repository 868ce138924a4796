"""Compiled rules become the one program the kernel runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from yunquan.indicators.rules.code import KINDS, LIVE, PLAIN, SHADOW, STEP, WITHOUT
from yunquan.indicators.rules.judge import Program
from yunquan.rulebook.types import CompiledRule, Line, RuleState


def make_program(rules: Mapping[int, tuple[CompiledRule, RuleState]], room: int) -> Program:
    """rules: by the number each has in the kernel's memory, below `room`."""
    lines = list[tuple[int, int, int, Line]]()
    told = {
        name: np.zeros(room, kind)
        for name, kind in (
            ("subject", np.int8),
            ("quiet_ms", np.int64),
            ("most", np.int32),
            ("state", np.int8),
            ("steps", np.int8),
            ("within_ms", np.int64),
        )
    }
    for number, (rule, state) in sorted(rules.items()):
        text = rule.text
        told["subject"][number] = rule.subject
        told["quiet_ms"][number] = text.quiet_s * 1_000
        told["most"][number] = text.most
        told["state"][number] = SHADOW if state is RuleState.SHADOW else LIVE
        told["steps"][number] = len(rule.steps)
        told["within_ms"][number] = text.within_s * 1_000
        # What ends a sequence comes before its steps, and the last step before the first, so that
        # one event moves it by one.
        lines += [(number, WITHOUT, 0, one) for one in rule.without]
        role = PLAIN if len(rule.steps) == 1 else STEP
        lines += [(number, role, at, one) for at, one in reversed(list(enumerate(rule.steps)))]
    return _assembled(lines, told)


def _assembled(lines: list[tuple[int, int, int, Line]], told: dict[str, Any]) -> Program:
    listed, begins = list[int](), [0]
    for kind in range(KINDS):
        listed += [at for at, (*_, line) in enumerate(lines) if kind in line.kinds]
        begins.append(len(listed))
    code = [step for *_, line in lines for step in line.code]
    ends = np.cumsum([len(line.code) for *_, line in lines], dtype=np.int32)
    lengths = np.array([len(line.code) for *_, line in lines], np.int32)

    def column(values: Any, kind: Any) -> Any:
        return np.array(list(values), kind)

    return Program(
        begins=column(begins, np.int32),
        listed=column(listed, np.int32),
        rule=column((number for number, *_ in lines), np.int32),
        role=column((role for _, role, *_ in lines), np.int8),
        step=column((step for _, _, step, _ in lines), np.int8),
        need=column((sum(1 << one for one in line.families) for *_, line in lines), np.int32),
        guard=column((line.guard for *_, line in lines), np.int8),
        guard_place=column((line.guard_place for *_, line in lines), np.int32),
        guard_value=column((line.guard_value for *_, line in lines), np.float64),
        code_from=(ends - lengths).astype(np.int32),
        code_to=ends.astype(np.int32),
        code=column((op for op, _ in code), np.int8),
        number=column((number for _, number in code), np.float64),
        **told,
    )
