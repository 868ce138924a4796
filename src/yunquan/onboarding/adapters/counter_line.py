"""The counters, asked from a thread over the connections of an event loop."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from yunquan.clients.types import Opening
from yunquan.counter import Counters
from yunquan.counter.types import Designate, OpenAccount, SecuritiesAccount
from yunquan.kernel.errors import Conflict, Unavailable

SLOWEST_S: Final = 30.0


class CounterThread:
    """CounterLine of one process's event loop."""

    def __init__(self, counters: Counters, loop: asyncio.AbstractEventLoop) -> None:
        self._counters = counters
        self._loop = loop

    def open_account(self, opening: Opening) -> None:
        """Under the account's number as key, so a repeat is the same command."""
        securities = tuple(
            SecuritiesAccount(one.market, one.number, one.designated, one.custody_unit)
            for one in opening.securities
        )
        self._submit(
            opening.account,
            OpenAccount(
                f"opening:{opening.account}",
                opening.account,
                str(opening.client),
                str(opening.kind),
                opening.currency,
                securities,
                opening.permissions,
                opening.id_valid_until,
            ),
        )

    def designate(self, account: str, number: str) -> None:
        """Let orders for Shanghai go out."""
        self._submit(account, Designate(f"designate:{number}", account, number))

    def _submit(self, account: str, command: Any) -> None:
        asked = asyncio.run_coroutine_threadsafe(
            self._counters.of(account).submit(command), self._loop
        )
        try:
            answer = asked.result(SLOWEST_S)
        except TimeoutError as error:
            asked.cancel()
            raise Unavailable("counter.slow") from error
        # A counter that lost its memory of ids still knows the account.
        if answer.code and answer.code != "account.exists":
            raise Conflict(answer.code, **answer.facts)
