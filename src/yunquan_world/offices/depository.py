"""The depository's unified account platform: unified accounts, sub-accounts, designation.

It works in the trading hours of trading days. What comes outside them is accepted for the next
one and done when it opens; the day's file tells. Designation in Shanghai is confirmed at the close.
Whoever asks is checked against the police's register.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from yunquan_world.bank_file import half, with_wrong_sum
from yunquan_world.chance import dice
from yunquan_world.faults import OfficeFaults
from yunquan_world.messages import Word
from yunquan_world.offices.messages import Ask, Outcome
from yunquan_world.offices.police import Police
from yunquan_world.offices.register import SHARES, Held, Holder, Register
from yunquan_world.offices.result_file import Result, write_results
from yunquan_world.population import CANCELLED

log = logging.getLogger(__name__)

OPENS, CLOSES = "09:00", "15:00"
MOST_SHARE_ACCOUNTS = 3
_PART_BYTES = 256 * 1024
_FILES_SHOWN = 40
_Name = Annotated[str, Meta(min_length=1, max_length=80)]


class Find(Struct, frozen=True, tag_field="op", tag="find", forbid_unknown_fields=True):
    name: _Name
    number: Word


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """account: one of theirs to be used here too, "" to open a new one."""

    market: Literal["SH", "SZ"]
    kind: Literal["A", "F"]
    account: Word = ""


class Open(Struct, frozen=True, tag_field="op", tag="open", forbid_unknown_fields=True):
    """unit: the firm's custody unit in Shenzhen 托管单元."""

    name: _Name
    number: Word
    wanted: Annotated[list[Wanted], Meta(min_length=1, max_length=8)]
    unit: Word = ""


class Update(Struct, frozen=True, tag_field="op", tag="update", forbid_unknown_fields=True):
    """Their name and number are to be as the police have them now."""

    name: _Name
    number: Word


class Designate(Struct, frozen=True, tag_field="op", tag="designate", forbid_unknown_fields=True):
    account: Word
    number: Word


class ListFiles(Struct, frozen=True, tag_field="op", tag="list_files", forbid_unknown_fields=True):
    pass


class FetchFile(Struct, frozen=True, tag_field="op", tag="fetch_file", forbid_unknown_fields=True):
    day: Word
    version: Annotated[int, Meta(ge=1)]
    offset: Annotated[int, Meta(ge=0, le=2**53)] = 0


_Change = Open | Update | Designate
_Request = Find | Open | Update | Designate | ListFiles | FetchFile


@dataclass
class _Undone(Exception):
    """What was asked for can't be. code: why."""

    code: str


class Depository:
    """day: the trading day that is at hand or comes next."""

    code = "depository"

    def __init__(
        self, folder: Path, sync: str, seed: int, faults: OfficeFaults, police: Police
    ) -> None:
        self.register = Register(folder, sync)
        self.vault = self.register.vault
        self._police = police
        self._faults = faults
        self._draw: Random = dice(seed, "depository")
        self.day = self.vault.fact("day")
        self.is_open = False

    def close(self) -> None:
        self.vault.close()

    # The day.

    def look_at_clock(self, trading_day: str, minute: str, *, ended: bool, following: str) -> None:
        """Where the market's day stands. ended: it is over; following: the next one."""
        if self.day < trading_day:
            self._cut_off(trading_day)
        if self.day == trading_day and (ended or minute >= CLOSES):
            self._cut_off(following)
        was_open, self.is_open = self.is_open, self.day == trading_day and minute >= OPENS
        if self.is_open and not was_open:
            self._take_up_what_waits()

    def _take_up_what_waits(self) -> None:
        query = "SELECT firm, serial, body FROM waiting WHERE day <= ? ORDER BY place"
        firms: set[str] = set()
        with self.vault.write():
            for firm, serial, body in self.vault.rows(query, self.day):
                change = msgspec.msgpack.decode(body, type=_Change)
                if not isinstance(change, Designate):
                    self._decide(firm, serial, change)
                    self._forget(firm, serial)
                    firms.add(firm)
            for firm in sorted(firms):
                self._write_file(firm)

    def _cut_off(self, following: str) -> None:
        """End the day: designations are confirmed, and its file is the last word on it."""
        day = self.day
        with self.vault.write():
            query = "SELECT firm, serial, body FROM waiting WHERE day <= ? ORDER BY place"
            for firm, serial, body in self.vault.rows(query, day):
                self._decide(firm, serial, msgspec.msgpack.decode(body, type=_Change))
                self._forget(firm, serial)
            for (firm,) in self.vault.rows("SELECT DISTINCT firm FROM results WHERE day = ?", day):
                self._write_file(firm)
            self.vault.keep_fact("day", following)
        self.day, self.is_open = following, False
        log.info("depository cut off day=%s", day)

    def _forget(self, firm: str, serial: str) -> None:
        self.vault.change("DELETE FROM waiting WHERE firm = ? AND serial = ?", firm, serial)

    def _write_file(self, firm: str) -> None:
        query = "SELECT serial, op, result, code, ymt, accounts FROM results"
        query += " WHERE firm = ? AND day = ? ORDER BY place"
        results = [Result(*row) for row in self.vault.rows(query, firm, self.day)]
        count = "SELECT COUNT(*) FROM files WHERE firm = ? AND day = ?"
        version = self.vault.row(count, firm, self.day)[0] + 1
        body = write_results(firm, self.day, version, results)
        self.vault.change("INSERT INTO files VALUES (?, ?, ?, ?)", firm, self.day, version, body)

    # What is asked.

    def answer(self, ask: Ask) -> Outcome:
        """Raises msgspec.ValidationError for what can't be read."""
        request = msgspec.convert(ask.body, _Request)
        if isinstance(request, ListFiles):
            return self._files(ask.firm)
        if isinstance(request, FetchFile):
            return self._file_part(ask.firm, request)
        if isinstance(request, Find):
            return self.vault.once(ask, lambda: self._find(request))
        return self.vault.once(ask, lambda: self._take(ask, request))

    def _take(self, ask: Ask, change: _Change) -> Outcome:
        if self.is_open and not isinstance(change, Designate):
            return self._decide(ask.firm, ask.serial, change)
        if isinstance(change, Designate):
            try:
                self._may_designate(ask.firm, change)
            except _Undone as undone:
                return self._keep(ask.firm, ask.serial, change, Outcome("refused", undone.code))
        self.vault.change(
            "INSERT INTO waiting (firm, serial, day, body) VALUES (?, ?, ?, ?)",
            *(ask.firm, ask.serial, self.day, msgspec.msgpack.encode(change)),
        )
        return Outcome("accepted_for_day", "", {"day": self.day})

    def _find(self, find: Find) -> Outcome:
        holder = self._holder(find.number)
        if holder is None:
            return Outcome("none")
        try:
            self._is_whose(holder, find.name, find.number)
        except _Undone as undone:
            return Outcome("mismatch", undone.code)
        accounts = [held.shown() for held in self.register.accounts(holder.ymt)]
        body = {"ymt": holder.ymt, "state": holder.state, "accounts": accounts}
        return Outcome("found", "", body)

    def _decide(self, firm: str, serial: str, change: _Change) -> Outcome:
        try:
            match change:
                case Open():
                    outcome = self._open(firm, change)
                case Update():
                    outcome = self._update(change)
                case Designate():
                    outcome = self._designate(firm, change)
        except _Undone as undone:
            outcome = Outcome("refused", undone.code)
        return self._keep(firm, serial, change, outcome)

    def _keep(self, firm: str, serial: str, change: _Change, outcome: Outcome) -> Outcome:
        op = type(change).__name__.lower()
        accounts = ",".join(
            f"{one['market']}:{one['kind']}:{one['account']}"
            for one in outcome.body.get("accounts", ())
        )
        self.vault.change(
            "INSERT INTO results (firm, serial, day, op, result, code, ymt, accounts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(firm, serial, self.day, op, outcome.result, outcome.code),
            *(outcome.body.get("ymt", ""), accounts),
        )
        return outcome

    def _open(self, firm: str, change: Open) -> Outcome:
        self._check_identity(change.name, change.number)
        holder = self._holder(change.number)
        if holder is not None:
            self._is_whose(holder, change.name, change.number)
            if holder.state == "frozen":
                raise _Undone("D05_frozen")
        theirs = self.register.accounts(holder.ymt) if holder else []
        by_number = {held.account: held for held in theirs}
        for wanted in change.wanted:
            _check_wanted(wanted, by_number, change.unit)
        for market in ("SH", "SZ"):
            new = sum(
                (one.market, one.kind, one.account) == (market, SHARES, "") for one in change.wanted
            )
            held = sum((one.market, one.kind) == (market, SHARES) for one in theirs)
            if new and held + new > MOST_SHARE_ACCOUNTS:
                raise _Undone("D01_three_accounts")
        holder = holder or self.register.open_holder(change.number, change.name)
        opened = [self._open_one(firm, holder, one, change.unit) for one in change.wanted]
        accounts = [held.shown() for held in opened]
        return Outcome("opened", "", {"ymt": holder.ymt, "accounts": accounts})

    def _open_one(self, firm: str, holder: Holder, wanted: Wanted, unit: str) -> Held:
        register = self.register
        if wanted.account:
            held = register.account(wanted.account)
            assert held is not None
        else:
            held = register.open_account(holder.ymt, wanted.market, wanted.kind, firm)
        if held.market == "SZ":
            register.keep_in(held.account, firm, unit)
        return held

    def _update(self, change: Update) -> Outcome:
        self._check_identity(change.name, change.number)
        holder = self._holder(change.number)
        if holder is None:
            raise _Undone("D08_no_unified_account")
        self.register.update(change.number, change.name)
        return Outcome("updated", "", {"ymt": holder.ymt})

    def _designate(self, firm: str, change: Designate) -> Outcome:
        held = self._may_designate(firm, change)
        self.register.designate(held.account, firm)
        return Outcome("designated", "", {"ymt": held.ymt, "accounts": [held.shown()]})

    def _may_designate(self, firm: str, change: Designate) -> Held:
        held, holder = self.register.account(change.account), self._holder(change.number)
        if held is None or holder is None or held.ymt != holder.ymt or held.market != "SH":
            raise _Undone("D06_no_such_account")
        if held.designated not in ("", firm) and held.positions:
            raise _Undone("D07_designated_elsewhere")
        return held

    def _holder(self, number: str) -> Holder | None:
        entry = self._police.find(number)
        return self.register.holder(number, entry.person if entry else None)

    def _check_identity(self, name: str, number: str) -> None:
        entry = self._police.find(number)
        if entry is None or CANCELLED in entry.person.traits:
            raise _Undone("D02_identity")
        if name not in (entry.name, entry.person.name):
            raise _Undone("D02_identity")

    @staticmethod
    def _is_whose(holder: Holder, name: str, number: str) -> None:
        if holder.number != number:
            raise _Undone("D04_number_old")
        if holder.name != name:
            raise _Undone("D03_name_differs")

    # Files.

    def _files(self, firm: str) -> Outcome:
        late = self._draw.random() < self._faults.late_file
        query = "SELECT day, MAX(version) FROM files WHERE firm = ? GROUP BY day"
        query += " ORDER BY day DESC LIMIT ?"
        rows = [] if late else self.vault.rows(query, firm, _FILES_SHOWN)
        return Outcome("files", "", {"days": [[day, version] for day, version in rows]})

    def _file_part(self, firm: str, request: FetchFile) -> Outcome:
        query = "SELECT body FROM files WHERE firm = ? AND day = ? AND version = ?"
        row = self.vault.row(query, firm, request.day, request.version)
        if row is None:
            return Outcome("none", "D09_no_such_file")
        return spoilt_part(row[0], request.offset, self._faults, self._draw)


def spoilt_part(body: bytes, offset: int, faults: OfficeFaults, draw: Random) -> Outcome:
    """A part of a file, in whose first part something may be wrong."""
    if offset == 0 and draw.random() < faults.half_file:
        body = half(body)
    elif offset == 0 and draw.random() < faults.wrong_sum:
        body = with_wrong_sum(body)
    data = body[offset : offset + _PART_BYTES]
    return Outcome("part", "", {"total": len(body), "data": data})


def _check_wanted(wanted: Wanted, theirs: dict[str, Held], unit: str) -> None:
    held = theirs.get(wanted.account)
    known = held is not None and (held.market, held.kind) == (wanted.market, wanted.kind)
    if wanted.account and not known:
        raise _Undone("D06_no_such_account")
    if wanted.market == "SZ" and not unit:
        raise _Undone("D10_unit_missing")
