"""What happens at the doors, and what staff do: logins, changes of device, looks, acts."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any, Final

from yunquan.kernel.zone import in_market_zone
from yunquan.security import events as s
from yunquan.thresholds.types import Measured

STAFF: Final = "staff:"
STAFF_KIND: Final = "staff"


MOST_PEOPLE: Final = 500_000
DEVICES_EACH: Final = 20


class PeopleFacts:
    """What the rooms' stream says of people. Devices are known from logins that were seen; a first
    login is on no new device, there is nothing to compare it with.
    """

    def __init__(self) -> None:
        self._devices: dict[str, list[str]] = {}
        self._failed = deque[tuple[int, str, str]]()
        self._changed = deque[tuple[int, str]]()
        self._staff_changed = deque[tuple[int, str, str]]()
        self._looks = deque[tuple[int, str, str]]()
        self._acts = deque[tuple[int, str]]()

    def apply(self, event: Any, at_ms: int) -> None:
        """One event of the rooms. at_ms: when it was committed."""
        match event:
            case s.LoggedIn():
                self._logged_in(event, at_ms)
            case s.LoginFailed():
                self._failed.append((at_ms, event.address, event.principal or ""))
            case s.Looked():
                if event.by.startswith(STAFF):
                    self._looks.append((at_ms, event.by, event.subject))
            case _:
                by = getattr(event, "by", "")
                if isinstance(by, str) and by.startswith(STAFF):
                    self._acts.append((at_ms, by))

    def _logged_in(self, event: s.LoggedIn, at_ms: int) -> None:
        known = self._devices.get(event.principal)
        if known is None:
            if len(self._devices) >= MOST_PEOPLE:
                del self._devices[next(iter(self._devices))]
            self._devices[event.principal] = [event.device]
            return
        if event.device in known:
            return
        known.append(event.device)
        del known[:-DEVICES_EACH]
        if event.kind == STAFF_KIND:
            self._staff_changed.append((at_ms, event.principal, event.device))
        else:
            self._changed.append((at_ms, event.principal))

    def figures(
        self, now_ms: int, doors_ms: int, devices_ms: int, staff_ms: int, night: tuple[int, int]
    ) -> list[Measured]:
        """night: from which hour to which, in Beijing."""
        for facts, window in (
            (self._failed, doors_ms),
            (self._changed, devices_ms),
            (self._staff_changed, devices_ms),
            (self._looks, staff_ms),
            (self._acts, staff_ms),
        ):
            _age(facts, now_ms - window)
        names: dict[str, set[str]] = {}
        for _, address, principal in self._failed:
            names.setdefault(address, set()).add(principal)
        worst = max(names.items(), key=lambda one: len(one[1]), default=("", set[str]()))
        failed, changed = len(self._failed), len({who for _, who in self._changed})
        return [
            Measured("failed_logins", "", float(failed)),
            Measured("stuffing", worst[0], float(len(worst[1])), device=worst[0]),
            Measured("new_devices", "", float(changed)),
            *(
                Measured("staff_device", f"{who} {device}"[:120], 1.0, device=f"{who} {device}")
                for _, who, device in self._staff_changed
            ),
            *self._of_staff(night),
        ]

    def _of_staff(self, night: tuple[int, int]) -> list[Measured]:
        looked: dict[str, set[str]] = {}
        for _, by, subject in self._looks:
            looked.setdefault(by, set()).add(subject)
        acts = Counter(by for _, by in self._acts)
        late = Counter(by for at_ms, by in self._acts if _is_night(at_ms, night))
        return [
            Measured(name, by, float(many), device=by)
            for name, counts in (
                ("staff_looks", {by: len(subjects) for by, subjects in looked.items()}),
                ("staff_acts", acts),
                ("staff_night", late),
            )
            for by, many in counts.items()
        ]


def _age(facts: deque[Any], before_ms: int) -> None:
    while facts and facts[0][0] < before_ms:
        facts.popleft()


def _is_night(at_ms: int, night: tuple[int, int]) -> bool:
    hour, (first, last) = in_market_zone(at_ms).hour, night
    return hour >= first or hour < last if first > last else first <= hour < last
