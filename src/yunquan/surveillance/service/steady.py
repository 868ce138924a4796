"""When the stream is read, by a clock that doesn't leap."""

from __future__ import annotations

from typing import Final

from yunquan.kernel.clock import Clock, to_ms

# A wall clock that is ahead of the time that has passed by more than this has leapt; it is believed
# when it stays there.
LEAP_MS: Final = 60_000
BELIEVED_AFTER_MS: Final = 600_000


class SteadyTime:
    """The wall clock, but a leap forward counts only once it has lasted ten minutes: what is
    written down meanwhile would make everything that comes after the clock was mended late.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_ms = self._ahead_ms()
        self._leapt_at_ms = -1

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        passed_ms, ahead_ms = self._passed_ms(), self._ahead_ms()
        if ahead_ms - self._offset_ms <= LEAP_MS:
            self._offset_ms, self._leapt_at_ms = ahead_ms, -1
        elif self._leapt_at_ms < 0:
            self._leapt_at_ms = passed_ms
        elif passed_ms - self._leapt_at_ms >= BELIEVED_AFTER_MS:
            self._offset_ms, self._leapt_at_ms = ahead_ms, -1
        return passed_ms + self._offset_ms

    def _passed_ms(self) -> int:
        return int(self._clock.monotonic() * 1_000)

    def _ahead_ms(self) -> int:
        return to_ms(self._clock.now()) - self._passed_ms()
