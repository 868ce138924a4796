"""The counter in this process: for tests, simulation and benchmarks. Every submit is its own
batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yunquan.counter.rules.views import account_view, check_view, notices_view, order_view
from yunquan.counter.service import Driver
from yunquan.counter.types import Answer, AskAccount, AskCheck, AskNotices, AskOrder
from yunquan.kernel.errors import Conflict


class DirectClient:
    """CounterClient over a driver in the same thread."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    async def submit(self, command: Any) -> Answer:
        return self.submit_now(command)

    def submit_now(self, command: Any) -> Answer:
        """The same without awaiting, for synchronous callers."""
        (answer,) = self.submit_batch([command])
        return checked(answer)

    def submit_batch(self, commands: Sequence[Any]) -> list[Answer]:
        """All of them in one record, with one flush."""
        return self.driver.process(commands)

    async def ask(self, query: Any) -> Any:
        return view(self.driver, query)


def checked(answer: Answer) -> Answer:
    """The answer, or Conflict when the command id was used before with another body."""
    if answer.code == "command.reused":
        raise Conflict("command.reused", command=answer.command)
    return answer


def view(driver: Driver, query: Any) -> Any:
    """What a query sees of the driver's state between two batches."""
    seq = driver.journal.next_seq - 1
    if isinstance(query, AskAccount):
        return account_view(driver.state, query.account, query.orders, seq)
    if isinstance(query, AskOrder):
        order = driver.state.orders.get(query.order)
        return order_view(order) if order else None
    if isinstance(query, AskCheck):
        return check_view(driver.state, query.order, driver.reference())
    if isinstance(query, AskNotices):
        return notices_view(driver.state, driver.reference())
    return driver.health()
