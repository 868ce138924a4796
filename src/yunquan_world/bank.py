"""The simulated banks: sessions of firms, transfers, and each day's file.

A transfer is done once for each serial of a firm: the same request again gets the first answer,
another request under the same serial is refused. Amounts are in fen. Every result is on disk before
it is sent. What a customer begins at the bank is asked of the firm until it answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import msgspec

from yunquan_world.bank_file import half, lying, with_wrong_sum, write_file
from yunquan_world.bank_habits import BANKS, Habits
from yunquan_world.bank_key import PasswordKey
from yunquan_world.chance import dice
from yunquan_world.connection import BadFrameError, Connection
from yunquan_world.messages import (
    BankDay,
    BankLogon,
    BankLogonOk,
    BankMessage,
    Begun,
    BegunAnswer,
    FetchFile,
    FilePart,
    Files,
    Heartbeat,
    ListFiles,
    Message,
    OpenAccount,
    Reverse,
    Sign,
    Transfer,
    TransferResult,
)
from yunquan_world.settings import Settings
from yunquan_world.vault import Kept, Vault

log = logging.getLogger(__name__)

ASK_AGAIN_S = 1.0
_PART_BYTES = 256 * 1024
_logon_decoder = msgspec.msgpack.Decoder(BankLogon)
_decoder: msgspec.msgpack.Decoder[BankMessage] = msgspec.msgpack.Decoder(BankMessage)


class Bank:
    """One bank: its vault, and the firms that are logged on."""

    def __init__(self, settings: Settings, habits: Habits):
        name = "bank" if habits.code == "simbank" else f"bank-{habits.code}"
        self.habits = habits
        self.vault = Vault(settings.data / f"{name}.sqlite", settings.sync, habits)
        self._key = PasswordKey(settings.data / f"{name}.key")
        self._faults = settings.bank_faults
        self._draw = dice(settings.seed, "bank faults", habits.code)
        self._taking: dict[Connection, str] = {}
        self._asked: dict[str, int] = {}
        self.connections: set[Connection] = set()

    def close(self) -> None:
        self.vault.close()

    # The day.

    def look_at_clock(self, trading_day: str, minute: str, *, ended: bool, following: str) -> None:
        """Where the market's day stands. ended: it is over; following: the next one."""
        vault, habits = self.vault, self.habits
        before = (vault.day, vault.is_open)
        vault.minute = minute
        over = ended or (habits.closes and minute >= habits.closes)
        if vault.day < trading_day:
            self._cut_off(trading_day)
        if vault.day == trading_day and over:
            self._cut_off(following)
        today = vault.day == trading_day
        vault.is_open = not habits.opens or (today and habits.is_open(minute))
        if (vault.day, vault.is_open) != before:
            for connection in self.connections:
                connection.send(BankDay(vault.day, vault.is_open))

    def _cut_off(self, following: str) -> None:
        """End the day: its files are made, and nothing of it changes any more."""
        vault, day = self.vault, self.vault.day
        if day:
            for firm in vault.firms():
                kept = vault.of_day(firm, day)
                lies = self._draw.random() < self._faults.lying_file
                told = lying(kept) if lies else kept
                code = self.habits.code
                vault.keep_file(firm, day, 1, write_file(code, firm, day, 1, told))
                if lies:
                    vault.keep_file(firm, day, 2, write_file(code, firm, day, 2, kept))
            log.info("bank cut off bank=%s day=%s", self.habits.code, day)
        vault.begin_day(following)

    # A firm's session.

    async def serve(self, connection: Connection, logon: BankLogon) -> None:
        """Run a firm's session to its end."""
        habits, vault = self.habits, self.vault
        named = (habits.code, habits.name, habits.name_en)
        connection.send(BankLogonOk(*named, vault.day, vault.is_open, self._key.public))
        self.connections.add(connection)
        asking = None
        if logon.takes:
            self._taking[connection] = logon.firm
            asking = asyncio.create_task(self._keep_asking(connection, logon.firm))
        try:
            while True:
                request = await connection.receive(_decoder)
                if not isinstance(request, Heartbeat):
                    await self._answer(connection, logon.firm, request)
        finally:
            self.connections.discard(connection)
            self._taking.pop(connection, None)
            if asking:
                asking.cancel()

    async def _answer(self, connection: Connection, firm: str, request: BankMessage) -> None:
        faults, draw = self._faults, self._draw
        breaks = draw.random() < faults.disconnect
        if breaks and draw.random() < 0.5:
            connection.abort()
            return
        if isinstance(request, BegunAnswer):
            if draw.random() >= faults.lose_answer:
                self.vault.answered(firm, request.bank_serial, request.result, request.code)
            return
        answer = self._carry_out(firm, request)
        least, most = faults.delay_ms if faults.delay_ms[1] else self.habits.delay_ms
        if most and isinstance(request, Transfer):
            await asyncio.sleep(draw.uniform(least, most) / 1000)
        if breaks:
            connection.abort()
        elif draw.random() >= faults.lose_answer:
            connection.send(answer)
            if draw.random() < faults.repeat_answer:
                connection.send(answer)
            await connection.writer.drain()

    def _carry_out(self, firm: str, request: BankMessage) -> Message:
        match request:
            case Transfer():
                return self._transfer(firm, request)
            case Reverse():
                return self.vault.reverse(firm, request.serial, request.day)
            case OpenAccount():
                return self.vault.open_account(request, firm)
            case Sign():
                account = request.bank_account
                password = self._key.open(request.password, account)
                return self.vault.sign(account, request.holder, password)
            case ListFiles():
                late = self._draw.random() < self._faults.late_file
                return Files([] if late else self.vault.files(firm))
            case FetchFile():
                return self._file_part(firm, request)
            case _:
                raise AssertionError(request)

    def _transfer(self, firm: str, request: Transfer) -> TransferResult:
        password = self._key.open(request.password, request.serial)
        result = self.vault.transfer(firm, request, password)
        log.info(
            "transfer bank=%s firm=%s serial=%s result=%s code=%s",
            self.habits.code,
            firm,
            request.serial,
            result.result,
            result.code,
        )
        return result

    def _file_part(self, firm: str, request: FetchFile) -> FilePart:
        body = self.vault.file(firm, request.day, request.version)
        if body is None:
            return FilePart(request.day, request.version, request.offset, -1, b"")
        if request.offset == 0 and self._draw.random() < self._faults.half_file:
            body = half(body)
        elif request.offset == 0 and self._draw.random() < self._faults.wrong_sum:
            body = with_wrong_sum(body)
        part = body[request.offset : request.offset + _PART_BYTES]
        return FilePart(request.day, request.version, request.offset, len(body), part)

    # What the bank begins.

    def begin(self, bank_account: str, direction: str, amount_fen: int) -> Kept | str:
        """A customer moves money in the bank's app; the code of the refusal if the bank refuses."""
        kept = self.vault.begin(bank_account, direction, amount_fen)
        if isinstance(kept, Kept):
            for connection, firm in self._taking.items():
                if firm == kept.firm:
                    self._ask(connection, kept)
        return kept

    async def _keep_asking(self, connection: Connection, firm: str) -> None:
        while True:
            for kept in self.vault.open_ones(firm):
                self._ask(connection, kept)
            await asyncio.sleep(ASK_AGAIN_S)

    def _ask(self, connection: Connection, kept: Kept) -> None:
        times = self._asked[kept.bank_serial] = self._asked.get(kept.bank_serial, 0) + 1
        undoes = times > 1 and self._draw.random() < self._faults.reverse_begun
        holder = self.vault.holder(kept.bank_account)
        facts = (kept.direction, kept.bank_account, holder, kept.amount_fen, kept.fee_fen)
        connection.send(Begun(kept.bank_serial, kept.day, *facts, undoes=undoes))


class Banks:
    """All banks behind one address; a firm says at logon which one it means."""

    def __init__(self, settings: Settings):
        self.by_code = {habits.code: Bank(settings, habits) for habits in BANKS}

    def __getitem__(self, code: str) -> Bank:
        return self.by_code[code]

    def __iter__(self) -> Iterable[Bank]:
        return iter(self.by_code.values())

    @property
    def connections(self) -> list[Connection]:
        return [one for bank in self.by_code.values() for one in bank.connections]

    def close(self) -> None:
        for bank in self.by_code.values():
            bank.close()

    def look_at_clock(
        self, trading_day: str, minute: str, following: str, *, ended: bool = False
    ) -> None:
        for bank in self.by_code.values():
            bank.look_at_clock(trading_day, minute, ended=ended, following=following)

    async def serve(self, connection: Connection) -> None:
        """Take a firm's logon and run its session with the bank it names."""
        logon = await connection.receive_logon(_logon_decoder)
        bank = self.by_code.get(logon.bank)
        if bank is None:
            raise BadFrameError("B00_unknown_bank", f"no bank {logon.bank!r} here")
        await bank.serve(connection, logon)
