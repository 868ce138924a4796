"""The board as it stood at any moment of the past is the board that was seen then."""

from __future__ import annotations

from tests.cases.test_service import ANN, Bench, bench
from yunquan.cases import escalate_due
from yunquan.cases.types import Case
from yunquan.kernel.clock import ManualClock, to_ms

__all__ = ["bench"]


def test_every_moment_is_as_it_was_seen(bench: Bench, clock: ManualClock) -> None:
    seen: list[tuple[int, list[Case]]] = []

    def look() -> None:
        board = sorted(bench.cases.board(), key=lambda one: (-one.grade, one.opened_at_ms, one.id))
        seen.append((to_ms(clock.now()), board))
        clock.advance(7)

    clock.advance(1)
    look()
    first = bench.fold(grade=2)
    assert first
    look()
    bench.fold(grade=3)
    second = bench.fold(account="A2", grade=4)
    assert second
    look()
    bench.cases.take(ANN, first.id)
    look()
    clock.advance(400)
    assert escalate_due(bench.database)
    look()
    bench.fold(grade=4)
    look()
    bench.cases.close(ANN, first.id, "confirmed", "Seen before: order 7.")
    look()
    assert [len(board) for _, board in seen] == [0, 1, 2, 2, 2, 2, 1]
    for at_ms, board in seen:
        then = bench.cases.board_at(at_ms)
        # What is told of a case's latest alert isn't kept step by step.
        plain = [_bare(one) for one in then]
        assert plain == [_bare(one) for one in board], at_ms


def _bare(one: Case) -> tuple[object, ...]:
    return (
        one.id,
        one.grade,
        one.state,
        one.take_by_ms,
        one.decide_by_ms,
        one.escalated,
        one.taken_by,
    )
