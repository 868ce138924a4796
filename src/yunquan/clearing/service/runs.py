"""Runs of day ends: which are due, one step performed and written down, what people see of them."""

from __future__ import annotations

import logging
from typing import Any

from yunquan.clearing import store
from yunquan.clearing.service.steps import Clearing, day_closed
from yunquan.clearing.types import Run, RunState, Step, StepRun
from yunquan.kernel.errors import NotFound, YunquanError
from yunquan.kernel.transaction import ReadTx

logger = logging.getLogger("yunquan.clearing")
LONGEST_LIST = 100


def due_days(office: Clearing) -> list[str]:
    """Days that ended and aren't cleared, oldest first."""
    office.note_endings()
    with office.database.read() as tx:
        return store.unfinished_days(tx)


def perform(office: Clearing, day: str, step: Step) -> dict[str, Any]:
    """Do a step once; one that is done says what it did then. Raises what the step raises, which is
    written down first.
    """
    with office.database.transaction() as tx:
        store.begin_run(tx, day)
        known = _step_of(tx, day, step)
        if known.state is RunState.DONE:
            return known.detail
        begun = StepRun(step, RunState.RUNNING, tx.now_ms(), None, known.tries + 1)
        store.save_step(tx, day, begun)
        store.save_run(tx, day, RunState.RUNNING, None)
    try:
        detail = office.do(day, step)
    except YunquanError as error:
        _failed(office, day, begun, error.code, error.facts)
        raise
    except Exception as error:
        _failed(office, day, begun, "clearing.broken", {"reason": repr(error)[:200]})
        raise
    _done(office, day, begun, detail)
    logger.info("day end step", extra={"day": day, "step": step.value, **detail})
    return detail


def _step_of(tx: ReadTx, day: str, step: Step) -> StepRun:
    return next(one for one in store.load_steps(tx, day) if one.step is step)


def _failed(office: Clearing, day: str, begun: StepRun, code: str, facts: dict[str, Any]) -> None:
    office.forget()
    plain = {name: str(value) for name, value in facts.items()}
    with office.database.transaction() as tx:
        failed = StepRun(
            begun.step,
            RunState.FAILED,
            begun.started_at_ms,
            tx.now_ms(),
            begun.tries,
            code=code,
            facts=plain,
        )
        store.save_step(tx, day, failed)
        store.save_run(tx, day, RunState.FAILED, None)
    logger.warning("day end waits", extra={"day": day, "step": begun.step.value, "code": code})


def _done(office: Clearing, day: str, begun: StepRun, detail: dict[str, Any]) -> None:
    with office.database.transaction() as tx:
        now_ms = tx.now_ms()
        done = StepRun(begun.step, RunState.DONE, begun.started_at_ms, now_ms, begun.tries, detail)
        store.save_step(tx, day, done)
        if begun.step is Step.PUBLISH:
            # The event and the end of the run stand or fall together.
            tx.emit(day_closed(day, _step_of(tx, day, Step.PROVE).detail))
            store.save_run(tx, day, RunState.DONE, now_ms)


def load_run(tx: ReadTx, day: str) -> Run:
    """One day's run. Raises NotFound clearing.no_run."""
    found = store.find_run(tx, day)
    if found is None:
        raise NotFound("clearing.no_run", day=day[:10])
    return found


def load_runs(tx: ReadTx, limit: int = 30) -> list[Run]:
    """Runs, newest day first."""
    return store.list_runs(tx, max(1, min(limit, LONGEST_LIST)))
