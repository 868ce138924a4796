"""From two yeses to an account that trades: each act may be repeated after a crash."""

from __future__ import annotations

import logging
from dataclasses import replace

from yunquan.clients import (
    confirm_designation,
    is_registered,
    load_accounts,
    load_opening,
    next_customer_number,
    open_accounts,
    register_client,
)
from yunquan.clients.rules import identity_digest
from yunquan.clients.types import CashKind, ClientId, NewAccounts, NewClient, SecuritiesKind
from yunquan.depository.rules import securities_of
from yunquan.depository.types import OpeningState, Person, RequestState, Wanted
from yunquan.funding import bind, set_cash_password
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.transaction import Tx
from yunquan.onboarding import store
from yunquan.onboarding.ports import CounterLine
from yunquan.onboarding.service.doors import DAY_MS
from yunquan.onboarding.service.parts import Desk, policy_on
from yunquan.onboarding.types import Application, Particulars, State

logger = logging.getLogger("yunquan.onboarding")
SYSTEM = "system"
WANTED = (Wanted("SH"), Wanted("SZ"))


class Openings:
    """The machine's acts, in the order of `jobs.py`."""

    def __init__(self, desk: Desk, counters: CounterLine) -> None:
        self._desk = desk
        self._parts = desk.parts
        self._counters = counters

    def due(self, limit: int = 100) -> list[str]:
        """Applications that two people approved, and those whose designation is awaited."""
        with self._parts.database.read() as tx:
            found = store.ids_in(tx, State.OPENING, "", limit)
            return found + store.ids_in(tx, State.OPENED, "", limit)

    def _load(self, application: str) -> tuple[Application, Particulars]:
        with self._parts.database.read() as tx:
            return self._desk.load(tx, application), self._desk.own(tx, application)

    # --- the depository

    def ask_depository(self, application: str) -> str:
        """Have accounts opened: "wait", "done", or the code of why not. Outside trading hours it
        is accepted, and opens the next trading day. While another application of the same person
        is being opened, nothing is asked for: one of them becomes the client.
        """
        parts = self._parts
        with parts.database.transaction(SYSTEM) as tx:
            one, own = self._desk.locked(tx, application)
            if one.state is not State.OPENING or self._is_client(tx, one, own):
                return "done"
            assert own.card is not None
            serial, person = _serial(one), Person(own.card.name, own.card.id_number)
            if parts.depository.is_asked_by_another(tx, application, person, WANTED):
                return "wait"
            parts.depository.request_opening(tx, application, serial, person, WANTED)
        state = parts.depository.advance(serial)
        self._note_day(application, state)
        if state.state is RequestState.DONE:
            return "done"
        return state.code if state.state is RequestState.REFUSED else "wait"

    def _is_client(self, tx: Tx, one: Application, own: Particulars) -> bool:
        """Whether somebody with this identity is a client already: then the application ends."""
        assert own.card is not None
        digest = identity_digest(self._parts.sealing.digest_key, own.card.id_number)
        if not is_registered(tx, digest):
            return False
        self._desk.move(tx, one, State.REFUSED, "onboarding.already_client")
        return True

    def _note_day(self, application: str, state: OpeningState) -> None:
        with self._parts.database.transaction(SYSTEM) as tx:
            one, _ = self._desk.locked(tx, application)
            if state.day and one.day != state.day:
                self._desk.save(tx, replace(one, day=state.day))
                self._desk.note(tx, application, "depository", state.kind.value, "", day=state.day)

    def send_back(self, application: str, code: str) -> None:
        """The depository won't: staff look at it again."""
        with self._parts.database.transaction(SYSTEM) as tx:
            one, _ = self._desk.locked(tx, application)
            if one.state is not State.OPENING:
                return
            due_ms = tx.now_ms() + policy_on(tx).number("review_minutes") * 60_000
            self._desk.move(tx, one, State.REVIEW, code, round=one.round + 1, due_at_ms=due_ms)
            store.set_waiting(tx, application, "first", "")

    # --- the client

    def register(self, application: str) -> str:
        """The applicant becomes a client with accounts and a bank, in one transaction; the cash
        account's number. Again tells the same. "" when somebody with this identity is a client
        already: the application is refused.
        """
        parts = self._parts
        with parts.database.transaction(SYSTEM) as tx:
            one, own = self._desk.locked(tx, application)
            if one.state is not State.OPENING:
                return one.account
            assert own.card is not None
            if self._is_client(tx, one, own):
                return ""
            new = NewClient(
                next_customer_number(tx),
                own.card.name,
                own.mobile,
                own.card.id_number,
                own.card.valid_until,
            )
            client = register_client(tx, new, own.password, parts.sealing)
            answer = parts.depository.load(tx, _serial(one))
            securities = securities_of(answer.accounts, parts.depository.custody_unit)
            opening = open_accounts(tx, client.id, NewAccounts(CashKind.ORDINARY, securities))
            bind(tx, opening.account, own.bank_account, own.card.name, own.bank)
            set_cash_password(tx, opening.account, own.cash_password)
            self._hand_over(tx, application, client.id)
            self._desk.move(
                tx,
                one,
                State.OPENED,
                client=str(client.id),
                account=opening.account,
                opened_at_ms=tx.now_ms(),
                due_at_ms=store.LATEST,
            )
            due_ms = tx.now_ms() + policy_on(tx).number("call_days") * DAY_MS
            store.set_call(tx, application, "due", due_ms)
            return opening.account

    def _hand_over(self, tx: Tx, application: str, client: ClientId) -> None:
        """Everything that was kept for the application is the client's."""
        parts, after = self._parts, str(client)
        for office in (
            parts.archive,
            parts.suitability,
            parts.screening,
            parts.witness,
            parts.signing,
            parts.papers,
            parts.depository,
            parts.verification,
        ):
            office.hand_over(tx, application, after)

    def tell_counter(self, application: str) -> None:
        """Open the account where orders are. Raises Unavailable: again later."""
        one, _ = self._load(application)
        if one.client:
            with self._parts.database.read() as tx:
                opening = load_opening(tx, ClientId(one.client))
            self._counters.open_account(opening)

    # --- designation

    def designate(self, application: str) -> str:
        """Have the Shanghai account designated to us: "wait", "done" or why not."""
        parts, serial = self._parts, f"desig-{application}"
        one, own = self._load(application)
        if one.state is not State.OPENED:
            return "done"
        assert own.card is not None
        number = self._shanghai(ClientId(one.client))
        if not number:
            return "done"
        with parts.database.transaction(SYSTEM) as tx:
            person = Person(own.card.name, own.card.id_number)
            parts.depository.request_designation(tx, one.client, serial, person, number)
        state = parts.depository.advance(serial)
        self._note_day(application, state)
        if state.state is not RequestState.DONE:
            return state.code if state.state is RequestState.REFUSED else "wait"
        with parts.database.transaction(SYSTEM) as tx:
            account = confirm_designation(tx, number)
        self._counters.designate(account, number)
        return "done"

    def _shanghai(self, client: ClientId) -> str:
        with self._parts.database.read() as tx:
            tree = load_accounts(tx, client)
        return next(
            (
                one.number
                for cash in tree.cash
                for one in cash.securities
                if one.market == "SH" and one.kind is SecuritiesKind.ORDINARY
            ),
            "",
        )

    def activate(self, application: str) -> None:
        """It trades in every market from now on."""
        with self._parts.database.transaction(SYSTEM) as tx:
            one, _ = self._desk.locked(tx, application)
            if one.state is State.OPENED:
                self._desk.move(tx, one, State.ACTIVE, active_at_ms=tx.now_ms())

    # --- telling

    def tell(self, application: str, template: str) -> None:
        """A short message, once; one that the carrier won't take is noted, and stops nothing."""
        one, own = self._load(application)
        facts = {"tail": one.account[-4:]} if template == "opening_done" else {}
        serial = f"{template}-{application}-{one.round}"
        try:
            self._parts.verification.phone.tell(serial, own.mobile, template, facts, one.locale)
        except Unavailable as trouble:
            logger.warning("text not sent", extra={"code": trouble.code, "template": template})


def _serial(one: Application) -> str:
    """Of the question to the depository: after a refusal and another review it is a new one."""
    return f"open-{one.id}-{one.round}"
