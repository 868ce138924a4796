"""The opening as a durable workflow: one that dies between two steps goes on with the next.

A workflow goes as far as it goes now and ends; what waits for the depository's next day is begun
again later, so that ten thousand waiting applications hold nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from dbos import DBOS, SetWorkflowID

from yunquan.kernel.errors import Unavailable
from yunquan.onboarding.service.opening import Openings

logger = logging.getLogger("yunquan.onboarding")
RETRY_S: Final = 1.0
SLOWER: Final = 1.5
TRIES: Final = 8
PREFIX: Final = "opening:"
# Between two looks at one that waits: twice as long each time, up to the slowest.
SOONEST_MS: Final = 2_000
SLOWEST_MS: Final = 120_000
WAIT, DONE = "wait", "done"


class OpeningJobs:
    """Opens what two people approved. One a process."""

    def __init__(
        self, openings: Openings, now_ms: Callable[[], int], retry_s: float = RETRY_S
    ) -> None:
        """Registers the workflow: between `workflows.configure` and `workflows.launch`."""
        self._openings = openings
        self._now_ms = now_ms
        # By application: when to look again, and how long was waited for that.
        self._waiting: dict[str, tuple[int, int]] = {}
        self._workflow = self._registered(retry_s)

    def _registered(self, retry_s: float) -> Callable[[str], str]:
        acts: dict[str, Callable[[str], str | None]] = {
            "ask_depository": self._openings.ask_depository,
            "register": self._openings.register,
            "tell_counter": self._openings.tell_counter,
            "designate": self._openings.designate,
            "activate": self._openings.activate,
            "tell_opened": lambda one: self._openings.tell(one, "opening_done"),
            "tell_call": lambda one: self._openings.tell(one, "call_back"),
        }

        @DBOS.step(
            name="opening_step",
            retries_allowed=True,
            interval_seconds=retry_s,
            backoff_rate=SLOWER,
            max_attempts=TRIES,
            should_retry=lambda error: isinstance(error, Unavailable),
        )
        def step(act: str, application: str) -> str:
            return acts[act](application) or ""

        @DBOS.step(name="opening_send_back")
        def send_back(application: str, code: str) -> str:
            self._openings.send_back(application, code)
            return code

        @DBOS.workflow(name="opening")
        def opening(application: str) -> str:
            came = step("ask_depository", application)
            if came == WAIT:
                return WAIT
            if came != DONE:
                return send_back(application, came)
            if not step("register", application):
                return DONE
            step("tell_counter", application)
            step("tell_opened", application)
            came = step("designate", application)
            if came != DONE:
                return came
            step("activate", application)
            step("tell_call", application)
            return DONE

        return opening

    def run_due(self) -> list[str]:
        """Go on with everything approved; those that trade in every market now."""
        active = list[str]()
        under_way = {
            found.workflow_id.split(":")[1]
            for found in DBOS.list_workflows(status="PENDING", workflow_id_prefix=PREFIX)
        }
        now_ms = self._now_ms()
        for application in self._openings.due():
            again_ms, waited_ms = self._waiting.get(application, (0, 0))
            if application in under_way or again_ms > now_ms:
                continue
            with SetWorkflowID(f"{PREFIX}{application}:{now_ms}"):
                handle = DBOS.start_workflow(self._workflow, application)
            try:
                came = handle.get_result()
            except Exception as error:
                # Its steps were tried often enough; later it is begun anew, nothing is lost.
                logger.exception("opening failed", extra={"application": application})
                came = repr(error)[:60]
            if came == DONE:
                self._waiting.pop(application, None)
                active.append(application)
                continue
            longer_ms = min(max(2 * waited_ms, SOONEST_MS), SLOWEST_MS)
            self._waiting[application] = (now_ms + longer_ms, longer_ms)
        return active
