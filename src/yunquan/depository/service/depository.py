"""Asking the depository, going on after whatever went wrong, and taking its files."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

import msgspec

from yunquan.approvals.types import Proposal
from yunquan.clients import Sealing
from yunquan.depository import events, rules, store
from yunquan.depository.ports import DepositoryLine
from yunquan.depository.types import (
    FoundAccounts,
    LineAnswer,
    OpeningState,
    Person,
    RequestKind,
    RequestState,
    ResultFile,
    Settlement,
    Wanted,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused, Unavailable, YunquanError
from yunquan.kernel.offices import BUSY, CLOSED, NOT_SENT
from yunquan.kernel.transaction import Database, ReadTx, Tx

logger = logging.getLogger("yunquan.depository")

LONGEST_LIST: Final = 100
_NOTHING_DONE: Final = (NOT_SENT, BUSY, CLOSED)


class Depository:
    """The office of unified accounts. firm: under which the depository knows us; custody_unit: our
    托管单元 in Shenzhen.
    """

    def __init__(
        self,
        database: Database,
        line: DepositoryLine,
        sealing: Sealing,
        firm: str,
        custody_unit: str,
    ) -> None:
        self._database = database
        self._line = line
        self._sealing = sealing
        self._firm = firm
        self.custody_unit = custody_unit

    def find_accounts(self, serial: str, person: Person) -> FoundAccounts:
        """What somebody has at the depository now; the same serial has the same answer.

        Raises Unavailable office.*.
        """
        return self._line.find(serial, person)

    # Asking for a change: durable first, then sent by `advance`.

    def request_opening(
        self, tx: Tx, owner: str, serial: str, person: Person, wanted: tuple[Wanted, ...]
    ) -> OpeningState:
        """Want accounts opened. The same serial and wish are the same request; of one owner only
        one is alive, so that nobody has accounts opened twice.

        Raises Invalid depository.*_malformed, Conflict depository.serial_reused,
        depository.already_asked.
        """
        return self._request(tx, owner, serial, RequestKind.OPEN, person, wanted)

    def request_update(self, tx: Tx, owner: str, serial: str, person: Person) -> OpeningState:
        """Want name and number brought up to date 账户信息变更. Raises as `request_opening`."""
        return self._request(tx, owner, serial, RequestKind.UPDATE, person, ())

    def request_designation(
        self, tx: Tx, owner: str, serial: str, person: Person, number: str
    ) -> OpeningState:
        """Want a Shanghai account designated to us 指定交易. Raises as `request_opening`."""
        wanted = (Wanted("SH", number=number),)
        return self._request(tx, owner, serial, RequestKind.DESIGNATE, person, wanted)

    def _request(
        self,
        tx: Tx,
        owner: str,
        serial: str,
        kind: RequestKind,
        person: Person,
        wanted: tuple[Wanted, ...],
    ) -> OpeningState:
        if refused := rules.check_request(serial, kind, wanted):
            raise Invalid(refused.code, **refused.facts)
        digest = rules.request_digest(self._sealing.digest_key, kind, person, wanted)
        if known := self._known(tx, owner, serial, digest):
            return known
        now_ms = tx.now_ms()
        asked = RequestState.ASKED
        state = OpeningState(serial, owner, kind, wanted, asked, "", "", "", (), 0, "", now_ms)
        # The unit too: another one tomorrow would make another question of the same serial.
        parts = [person.name, person.id_number, self.custody_unit]
        secret = msgspec.json.encode(parts).decode()
        sealed = self._sealing.vault.seal(secret, f"depository:{serial}:{owner}")
        if not store.insert_request(tx, state, digest, sealed):
            if known := self._known(tx, owner, serial, digest):
                return known
            raise Conflict("depository.already_asked")
        tx.emit(events.DepositoryAsked(owner, serial, kind.value))
        return self.load(tx, serial)

    def is_asked_by_another(
        self, tx: ReadTx, owner: str, person: Person, wanted: tuple[Wanted, ...]
    ) -> bool:
        """Whether another owner asks for the same accounts for the same person, or has them."""
        key, kind = self._sealing.digest_key, RequestKind.OPEN
        digest = rules.request_digest(key, kind, person, wanted)
        return store.is_asked_by_another(tx, owner, kind, digest)

    @staticmethod
    def _known(tx: ReadTx, owner: str, serial: str, digest: str) -> OpeningState | None:
        known = store.find_request(tx, serial)
        if known and (known.owner != owner or store.find_digest(tx, serial) != digest):
            raise Conflict("depository.serial_reused")
        return known

    # Going on.

    def advance(self, serial: str) -> OpeningState:
        """Go on with a request as far as it goes now: ask, ask again what is in doubt, or look into
        the files of the day it waits for. Harmless at any time, however often.

        Never raises for what the depository does or doesn't say: see `trouble`. Raises NotFound
        depository.unknown.
        """
        with self._database.read() as tx:
            state = self.load(tx, serial)
            person, unit = self._person(tx, serial)
        if state.is_final:
            return state
        if state.state is RequestState.FOR_DAY:
            return self._look_into_files(state)
        try:
            answer = self._ask(state, person, unit)
        except YunquanError as trouble:
            return self._troubled(serial, trouble)
        return self._answered(serial, answer)

    def _ask(self, state: OpeningState, person: Person, unit: str) -> LineAnswer:
        match state.kind:
            case RequestKind.OPEN:
                return self._line.open(state.serial, person, state.wanted, unit)
            case RequestKind.UPDATE:
                return self._line.update(state.serial, person)
            case RequestKind.DESIGNATE:
                number = state.wanted[0].number
                return self._line.designate(state.serial, number, person.id_number)

    def _person(self, tx: ReadTx, serial: str) -> tuple[Person, str]:
        """Who is asked for, and the custody unit as it was then."""
        asked_for, sealed = store.load_person(tx, serial)
        secret = self._sealing.vault.open(sealed, f"depository:{serial}:{asked_for}")
        name, id_number, unit = msgspec.json.decode(secret, type=tuple[str, str, str])
        return Person(name, id_number), unit

    def _troubled(self, serial: str, trouble: YunquanError) -> OpeningState:
        doubtful = trouble.code not in _NOTHING_DONE
        with self._database.transaction() as tx:
            before = self._locked(tx, serial)
            now = rules.after_trouble(before, trouble.code, surely_not_done=not doubtful)
            return self._save(tx, before, replace(now, tries=before.tries + 1))

    def _answered(self, serial: str, answer: LineAnswer) -> OpeningState:
        with self._database.transaction() as tx:
            before = self._locked(tx, serial)
            now = rules.after_answer(before, answer)
            return self._save(tx, before, replace(now, tries=before.tries + 1))

    def _locked(self, tx: Tx, serial: str) -> OpeningState:
        found = store.lock(tx, serial)
        assert found is not None
        return found

    def _save(self, tx: Tx, before: OpeningState, now: OpeningState) -> OpeningState:
        if before.is_final:
            return before
        store.save(tx, before, now)
        if (before.state, before.code, before.day) != (now.state, now.code, now.day):
            tx.emit(
                events.DepositoryAnswered(
                    now.owner, now.serial, now.kind.value, now.state.value, now.code, now.day
                )
            )
        return self.load(tx, now.serial)

    # Files.

    def _look_into_files(self, state: OpeningState) -> OpeningState:
        try:
            self.take_files(state.day)
        except Unavailable as trouble:
            return self._troubled(state.serial, trouble)
        with self._database.read() as tx:
            return self.load(tx, state.serial)

    def take_files(self, from_day: str = "") -> int:
        """Take every file from this day on that wasn't taken yet; how many requests they decided.
        One that can't be believed is named, changes nothing, and is fetched again next time.

        Raises Unavailable office.*.
        """
        decided = 0
        for day, version in self._line.list_files():
            with self._database.read() as tx:
                taken = day < from_day or store.is_taken(tx, day, version)
            if not taken:
                decided += self._take_file(day, version)
        return decided

    def _take_file(self, day: str, version: int) -> int:
        body = self._line.fetch_file(day, version)
        read, digest = rules.read_file(body, self._firm, day, version), rules.file_digest(body)
        with self._database.transaction() as tx:
            if isinstance(read, Refused):
                logger.warning("depository file refused", extra={"code": read.code, **read.facts})
                store.note_file(tx, day, version, digest, 0, read.code)
                return 0
            decided = sum(
                self._decide_by_file(tx, read, number) for number in range(len(read.rows))
            )
            store.note_file(tx, day, version, digest, len(read.rows), "")
            return decided

    def _decide_by_file(self, tx: Tx, file: ResultFile, number: int) -> bool:
        row = file.rows[number]
        before = store.lock(tx, row.serial)
        if before is None or before.kind is not row.kind:
            logger.warning("depository file names what we never asked", extra={"day": file.day})
            return False
        if rules.contradicts(before, row.answer):
            told = events.DepositoryContradicted(before.owner, row.serial, file.day, file.version)
            tx.emit(told)
            logger.error("depository contradicts itself", extra={"serial": row.serial})
            return False
        now = rules.after_answer(before, row.answer)
        self._save(tx, before, now)
        return now.is_final and not before.is_final

    # Looking.

    def load(self, tx: ReadTx, serial: str) -> OpeningState:
        """A request with its steps. Raises NotFound depository.unknown."""
        if found := store.find_request(tx, serial):
            return found
        raise NotFound("depository.unknown", serial=serial[:64])

    def requests_of(self, tx: ReadTx, owner: str) -> list[OpeningState]:
        """Everything that was asked for somebody, newest first."""
        return store.list_of(tx, owner, LONGEST_LIST)

    def unfinished(self, tx: ReadTx, after: str = "", limit: int = LONGEST_LIST) -> list[str]:
        """Serials to be advanced, in their order."""
        return store.list_unfinished(tx, after, min(limit, LONGEST_LIST))

    def odd_requests(self, tx: ReadTx, limit: int = LONGEST_LIST) -> list[OpeningState]:
        """Answered with what can't be, the longest waiting first: staff settle them."""
        return store.list_odd(tx, min(limit, LONGEST_LIST))

    def count_odd(self, tx: ReadTx) -> int:
        """How many there are."""
        return store.count_odd(tx)

    def look_up(self, actor: str, serial: str) -> FoundAccounts:
        """Ask what the person of a request has at the depository now; who asked is recorded.
        Raises NotFound depository.unknown, Unavailable office.*.
        """
        with self._database.transaction(actor) as tx:
            state = self.load(tx, serial)
            person, _ = self._person(tx, serial)
            tx.emit(events.DepositoryLookedUp(state.owner, serial, actor))
            asking = f"look-{state.tries}-{tx.now_ms()}-{serial}"
        return self._line.find(asking[: rules.LONGEST_SERIAL], person)

    def settle(self, tx: Tx, told: Settlement, proposal: Proposal) -> None:
        """A request is what two members of staff found; tx.actor agreed. Raises Conflict
        depository.not_odd, depository.settled_unfit.
        """
        before = self._locked(tx, told.serial)
        if refused := rules.check_settlement(before, told):
            raise Conflict(refused.code, **refused.facts)
        now = rules.after_settlement(before, told)
        store.save(tx, before, now)
        tx.emit(
            events.DepositorySettled(
                now.owner,
                now.serial,
                now.kind.value,
                now.state.value,
                told.evidence,
                str(proposal.id),
                proposal.proposed_by,
                tx.actor,
            )
        )

    def refused_files(self, tx: ReadTx) -> list[tuple[str, int, str]]:
        """(day, version, code) of files that could not be believed, newest first."""
        return store.refused_files(tx, LONGEST_LIST)

    def hand_over(self, tx: Tx, before: str, after: str) -> None:
        """What was asked for an application is its client's from now on."""
        store.change_owner(tx, before, after)
