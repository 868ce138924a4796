"""A database whose user dies where told."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from tests.onboarding.office import Fate
from yunquan.kernel.transaction import Database, ReadTx, Tx


class MortalDatabase(Database):
    """Its user may die before, inside and after each transaction."""

    fate = Fate()

    @contextmanager
    def transaction(self, actor: str = "system") -> Generator[Tx]:
        self.fate.pass_by()
        with super().transaction(actor) as tx:
            yield tx
            self.fate.pass_by()
        self.fate.pass_by()

    @contextmanager
    def read(self) -> Generator[ReadTx]:
        with super().read() as tx:
            yield tx
        self.fate.pass_by()
