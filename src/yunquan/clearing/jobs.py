"""The day end as a durable workflow: one that dies between two steps goes on with the next."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from dbos import DBOS, SetWorkflowID

from yunquan.clearing.service.runs import due_days, perform
from yunquan.clearing.service.steps import Clearing
from yunquan.clearing.types import Step
from yunquan.kernel.errors import Unavailable

logger = logging.getLogger("yunquan.clearing")
# Between tries of a step that waits for somebody: a counter that is down, a disk that is full.
RETRY_S: Final = 1.0
SLOWER: Final = 1.5
TRIES: Final = 12


class DayEnds:
    """Runs due day ends, one after another. One a process."""

    def __init__(self, office: Clearing, retry_s: float = RETRY_S) -> None:
        """Registers the workflow: between `workflows.configure` and `workflows.launch`."""
        self._office = office
        self._workflow: Callable[[str, int], str] = self._registered(retry_s)

    def _registered(self, retry_s: float) -> Callable[[str, int], str]:
        office = self._office

        @DBOS.step(
            name="day_end_step",
            retries_allowed=True,
            interval_seconds=retry_s,
            backoff_rate=SLOWER,
            max_attempts=TRIES,
            should_retry=lambda error: isinstance(error, Unavailable),
        )
        def step(day: str, name: str) -> dict[str, Any]:
            return perform(office, day, Step(name))

        @DBOS.workflow(name="day_end")
        def day_end(day: str, attempt: int) -> str:
            for one in Step:
                step(day, one.value)
            return day

        return day_end

    def run_due(self) -> list[str]:
        """Clear every day that is due, oldest first; those that were. Raises what a step raises
        once it has been tried often enough: the day after never goes before.
        """
        done: list[str] = []
        for day in due_days(self._office):
            attempt = self._attempt(day)
            with SetWorkflowID(f"dayend:{day}:{attempt}"):
                handle = DBOS.start_workflow(self._workflow, day, attempt)
            handle.get_result()
            done.append(day)
        return done

    def _attempt(self, day: str) -> int:
        """A workflow that failed stays failed; the next try of the day has a number of its own."""
        attempt = 1
        while (status := DBOS.get_workflow_status(f"dayend:{day}:{attempt}")) is not None:
            if status.status not in ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"):
                break
            attempt += 1
        return attempt
