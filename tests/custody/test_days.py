"""Many days of several clients and banks with every fault at once, told by a seed: at each day's
end every fen of every bank is where our books say, and at the very end nothing is in doubt.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.funding.conftest import CLIENT, FIRM, FIRST_DAY, HOLDER, Crash, FaultyBank, Scene
from yunquan.custody import load_day, load_differences, take_files
from yunquan.funding import answer_begun, bind, list_transfers, pay_in, pay_out, recover, reverse
from yunquan.funding.types import BegunTransfer, Direction, Transfer, TransferState
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan_world.bank_habits import Habits

BANKS = (
    Habits("simbank", "", "", password_in=False),
    Habits("yanpu", "", "", fee_fen=100, password_in=False, single_fen=50_000_000),
    Habits("qimei", "", "", fee_fen=200, client_pays=True, password_in=False, password_out=False),
)
BANK_FAULTS = ("", "", "", "lost", "away", "down", "late", "next_day", "twice")
FILE_FAULTS = ("", "", "half", "sum", "late_file")
COUNTER_FAULTS = ("", "", "", "lost", "away")
START_FEN = 10_000_000


class Days:
    """The world of one seed. accounts: by number, the bank and the card."""

    def __init__(self, scene: Scene, folder: Path, seed: int) -> None:
        self.scene = scene
        self.draw = random.Random(seed)
        self.banks = {one.code: FaultyBank(scene.fate, folder, one) for one in BANKS}
        self.parts = replace(scene.parts, banks=self.banks)
        self.accounts: dict[str, tuple[str, str]] = {}
        self.unanswered: list[tuple[str, BegunTransfer]] = []
        self.keys = 0
        self.before: dict[str, int] = {}
        for number, code in enumerate(self.banks, start=11):
            account, card = f"60000000{number}", f"62299900000000{number}"
            self._open(account, card, code)

    def _open(self, account: str, card: str, code: str) -> None:
        from yunquan.counter.types import Deposit, OpenAccount

        scene = self.scene
        opening = OpenAccount(
            f"t:{account}", account, CLIENT, "ordinary", "CNY", (), (), "2030-01-01"
        )
        first = Deposit(f"t:in:{account}", account, START_FEN, "other")
        assert all(answer.accepted for answer in scene.driver.process([opening, first]))
        with scene.database.transaction() as tx:
            bind(tx, account, card, HOLDER, code)
        self.banks[code].open(card, HOLDER, START_FEN)
        self.accounts[account] = (code, card)

    # What may happen.

    def turn(self) -> None:
        acts = (self.pay, self.pay, self.pay, self.begin, self.answer, self.undo, self.chores)
        self.scene.clock.advance(self.draw.uniform(0, 20))
        if self.draw.random() < 0.15:
            self.scene.fate.begin(self.draw.randrange(12))
        try:
            self.draw.choice((*acts, self.files, self.reverse))()
        except Crash:
            """kill -9: the next turn is another process."""
        self.scene.fate.begin()

    def pay(self) -> None:
        account = self.draw.choice(list(self.accounts))
        bank = self.banks[self.accounts[account][0]]
        bank.faults = [self.draw.choice(BANK_FAULTS)]
        self.scene.counter.faults = [self.draw.choice(COUNTER_FAULTS) for _ in range(2)]
        verb = self.draw.choice((pay_in, pay_out))
        fen = self.draw.choice((1, 12_345, 999_999, 3 * START_FEN))
        if self.draw.random() < 0.8 or not self.keys:
            self.keys += 1
        key = f"{account}-{self.keys}"
        try:
            asyncio.run(verb(self.parts, CLIENT, key, account, fen))
        except Conflict as error:
            assert error.code == "command.reused"

    def begin(self) -> None:
        account = self.draw.choice(list(self.accounts))
        code, card = self.accounts[account]
        way = self.draw.choice(("to_broker", "to_bank"))
        kept = self.banks[code].vault.begin(card, way, self.draw.choice((7, 54_321, START_FEN)))
        if isinstance(kept, str):
            return
        direction = Direction.IN if way == "to_broker" else Direction.OUT
        facts = (kept.bank_serial, kept.day, direction, card, HOLDER, kept.amount_fen, kept.fee_fen)
        self.unanswered.append((code, BegunTransfer(*facts)))
        self.answer()

    def answer(self, *, surely: bool = False) -> None:
        """We answer; now and then the answer is lost, and the bank asks again later."""
        if not self.unanswered:
            return
        place = self.draw.randrange(len(self.unanswered))
        code, asked = self.unanswered[place]
        self.scene.counter.faults = [] if surely else [self.draw.choice(COUNTER_FAULTS)]
        try:
            told = asyncio.run(answer_begun(self.parts, code, asked))
        except Unavailable:
            return
        if surely or self.draw.random() < 0.6:
            vault = self.banks[code].vault
            vault.answered(FIRM, asked.bank_serial, told.result.value, told.code)
            del self.unanswered[place]

    def undo(self) -> None:
        """The bank takes back what it began and has had no answer to."""
        if self.unanswered:
            place = self.draw.randrange(len(self.unanswered))
            code, asked = self.unanswered[place]
            self.unanswered[place] = (code, replace(asked, undoes=True))
            self.answer()

    def chores(self) -> None:
        self.scene.counter.faults = [self.draw.choice(COUNTER_FAULTS)]
        asyncio.run(recover(self.parts))

    def files(self) -> None:
        for bank in self.banks.values():
            bank.file_faults = [self.draw.choice(FILE_FAULTS)]
        asyncio.run(take_files(self.parts, FIRM))

    def reverse(self) -> None:
        doubts = [row for row in self.rows() if row.awaits_file]
        if not doubts:
            return
        chosen = self.draw.choice(doubts)
        self.banks[chosen.bank].faults = [self.draw.choice(("", "", "lost", "away"))]
        asyncio.run(reverse(self.parts, "staff:stf_1", str(chosen.id), "drill"))

    # The day's end.

    def end_day(self, day: str, following: str) -> None:
        for bank in self.banks.values():
            bank.lies = self.draw.random() < 0.2
            bank.end_day(following)
        for _ in range(12):
            self.turn_quietly()
            with self.scene.database.read() as tx:
                known = [load_day(tx, code, day) for code in self.banks]
            if all(one and (one.version == 2 or not self._lied(one.bank, day)) for one in known):
                break
        self.check_settled(day)
        if self.draw.random() < 0.5:
            self.scene.roll()

    def turn_quietly(self) -> None:
        self.scene.clock.advance(20)
        self.scene.counter.faults = []
        self.files()
        asyncio.run(recover(self.parts))

    def _lied(self, code: str, day: str) -> bool:
        return self.banks[code].vault.file(FIRM, day, 2) is not None

    def check_settled(self, day: str) -> None:
        """Nothing of a day whose file was taken is in doubt with the bank any more."""
        for row in self.rows():
            assert not (row.awaits_file and row.bank_day <= day), row

    def close(self) -> None:
        """The bank asks until everything is answered; one more day for what ended late."""
        for _ in range(500):
            if not self.unanswered:
                break
            self.scene.clock.advance(20)
            asyncio.run(recover(self.parts))
            self.answer(surely=True)
        assert self.unanswered == []

    def rows(self) -> list[Transfer]:
        with self.scene.database.read() as tx:
            return [
                row for account in self.accounts for row in list_transfers(tx, account, None, 200)
            ]

    def check_money(self) -> None:
        """To the fen: cash accounts, bank accounts, fees and the firm's custody at each bank."""
        rows = self.rows()
        assert all(row.ended_at_ms is not None for row in rows), [
            row for row in rows if row.ended_at_ms is None
        ]
        for account, (code, card) in self.accounts.items():
            mine = [r for r in rows if r.account == account and r.state is TransferState.POSTED]
            moved = sum(_signed(row) for row in mine)
            bank = self.banks[code]
            fees = sum(row.fee_fen for row in mine) if bank.vault._habits.client_pays else 0
            assert self.scene.cash_fen(account) == START_FEN + moved, account
            assert bank.vault.balance_fen(card) == START_FEN - moved - fees, account
            assert bank.vault.custody_fen(FIRM) == moved, code
        with self.scene.database.read() as tx:
            assert load_differences(tx) == []
        for code, bank in self.banks.items():
            asked = [serial for verb, serial in bank.calls if verb == "transfer"]
            assert len(asked) == len(set(asked)), f"{code} was asked twice for the same"


def _signed(row: Transfer) -> int:
    return row.amount_fen if row.direction is Direction.IN else -row.amount_fen


@pytest.mark.parametrize("seed", range(6))
def test_days_of_every_fault_end_to_the_fen(
    new_scene: Callable[[], Scene], kind: str, tmp_path: Path, seed: int
) -> None:
    days = Days(new_scene(), tmp_path, seed)
    day = date.fromisoformat(FIRST_DAY)
    turns: Any = 40 if kind == "sqlite" else 20
    for _ in range(6):
        following = day + timedelta(days=1)
        for _ in range(turns):
            days.turn()
        days.end_day(day.isoformat(), following.isoformat())
        day = following
    days.close()
    days.end_day(day.isoformat(), (day + timedelta(days=1)).isoformat())
    days.check_money()
    posted = {row.initiator for row in days.rows() if row.state is TransferState.POSTED}
    assert len(posted) == 2, "both sides began some that went through"
