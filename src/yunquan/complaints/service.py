"""Registering complaints, moving them on, and showing them to staff and to their clients."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from yunquan.clients import load_accounts, load_client, owner_of
from yunquan.clients.types import ClientId
from yunquan.complaints import events, rules, store
from yunquan.complaints.types import (
    Complaint,
    ComplaintCase,
    ComplaintFilter,
    ComplaintId,
    ComplaintPage,
    ComplaintState,
    ComplaintStep,
    ComplaintWish,
    NewComplaint,
)
from yunquan.history import find_order
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.market import load_calendar
from yunquan.security import Vault, list_staff, record_look

LONGEST_PAGE: Final = 50


class Complaints:
    """The office of complaints. today: the trading day of now. vault: seals how somebody unknown
    can be reached.
    """

    def __init__(
        self, database: Database, catalogue: Catalogue, vault: Vault, today: Callable[[], str]
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._vault = vault
        self.today = today

    # --- registering

    def file(self, actor: str, key: str, new: NewComplaint) -> ComplaintId:
        """Register one; the same key again names the same. Raises Invalid complaint.*, NotFound
        client.unknown, account.unknown, order.unknown; Conflict command.reused,
        complaint.too_many.
        """
        if refused := rules.check_new(new):
            raise Invalid(refused.code, **refused.facts)
        with self._database.transaction(actor=actor) as tx:
            if known := store.find_request(tx, actor, key):
                told = (known.text, known.subject, known.client, known.account, known.order)
                if told != (new.text.strip(), new.subject, new.client, new.account, new.order):
                    raise Conflict("command.reused", command=key)
                return known.id
            account = self._linked(tx, new)
            return self._register(tx, new, key, account)

    def _linked(self, tx: ReadTx, new: NewComplaint) -> str:
        """The account to tell its client by. What it is about must belong together."""
        if new.client:
            client = ClientId.parse(new.client)
            load_client(tx, client)
            if store.count_open_of(tx, new.client) >= rules.MOST_OPEN:
                raise Conflict("complaint.too_many", most=rules.MOST_OPEN)
        if new.account:
            owner = owner_of(tx, new.account)
            if owner is None or (new.client and str(owner) != new.client):
                raise NotFound("account.unknown", account=new.account[:40])
        if new.order:
            row = find_order(tx, new.order)
            if row is None or row.account != new.account:
                raise NotFound("order.unknown", order=new.order[:40])
        if new.account or not new.client:
            return new.account
        numbers = [one.number for one in load_accounts(tx, ClientId(new.client)).cash]
        return numbers[0] if numbers else ""

    def _register(self, tx: Tx, new: NewComplaint, key: str, account: str) -> ComplaintId:
        day = self.today()
        acknowledge_by, answer_by = rules.deadlines_for(new, day, load_calendar(tx))
        complaint = tx.ids.new(ComplaintId)
        contact = "" if new.client else new.contact.strip()
        one = Complaint(
            complaint,
            new.client,
            account if new.client else new.account,
            new.order,
            new.channel,
            new.subject,
            new.severity,
            new.text.strip(),
            rules.mask_contact(contact),
            ComplaintState.RECEIVED,
            "",
            tx.actor,
            tx.now_ms(),
            day,
            acknowledge_by,
            answer_by,
            "",
            "",
            False,
            "",
            0,
        )
        sealed = self._vault.seal(contact, f"complaint:{complaint}") if contact else b""
        store.insert_complaint(tx, one, rules.due_of(one)[1], key, sealed)
        tx.emit(
            events.ComplaintFiled(
                str(complaint),
                one.client,
                one.account,
                one.order,
                one.channel,
                one.subject,
                one.severity,
                day,
                acknowledge_by,
                answer_by,
                _digest(one.text),
                tx.actor,
            )
        )
        return complaint

    # --- moving on

    def act(self, actor: str, key: str, complaint: str, wish: ComplaintWish) -> Complaint:
        """A step by staff; the same key again changes nothing. Raises NotFound complaint.unknown,
        complaint.handler; Invalid complaint.*, act.unknown; Conflict complaint.not_now.*,
        command.reused.
        """
        with self._database.transaction(actor=actor) as tx:
            if wish.act == "assign":
                handlers = {f"staff:{one.subject}" for one in list_staff(tx)}
                if wish.value not in handlers:
                    raise NotFound("complaint.handler")
            return self._move(tx, self._load(tx, complaint), key, wish, client=False)

    def act_own(
        self, actor: str, key: str, client: str, complaint: str, wish: ComplaintWish
    ) -> Complaint:
        """A step by the client whose it is. Raises as `act` does."""
        with self._database.transaction(actor=actor) as tx:
            return self._move(tx, self._own(tx, client, complaint), key, wish, client=True)

    def _move(
        self, tx: Tx, one: Complaint, key: str, wish: ComplaintWish, *, client: bool
    ) -> Complaint:
        if known := store.find_step_request(tx, tx.actor, key):
            if (known.complaint, known.act, known.text) != (one.id, wish.act, wish.text.strip()):
                raise Conflict("command.reused", command=key)
            return one
        day, days = self.today(), load_calendar(tx)
        if refused := rules.check_move(one, wish, day, days, client=client):
            kind = Conflict if refused.code.startswith("complaint.not_now.") else Invalid
            raise kind(refused.code, **refused.facts)
        after = rules.moved(one, wish, tx.actor, day, days)
        if not store.save_complaint(tx, after, rules.due_of(after)[1], one.version):
            raise Conflict("complaint.moved_meanwhile")
        text, said = wish.text.strip(), {move.act: move for move in rules.MOVES}[wish.act]
        step = ComplaintStep(
            str(one.id),
            after.version,
            tx.now_ms(),
            tx.actor,
            wish.act,
            text,
            said.shown,
            after.state.value,
        )
        store.insert_step(tx, step, key)
        value = after.answer_by if wish.act == "extend" else wish.value
        tx.emit(
            events.ComplaintMoved(
                str(one.id),
                one.client,
                one.account,
                wish.act,
                after.state.value,
                value if wish.act in (*rules.VALUED, "extend") else "",
                _digest(text) if text else "",
                tx.actor,
            )
        )
        return after

    def reveal_contact(self, actor: str, complaint: str, why: str) -> str:
        """How somebody unknown can be reached; who looked and why is kept. Raises NotFound,
        Invalid look.reason_needed.
        """
        with self._database.transaction(actor=actor) as tx:
            one = self._load(tx, complaint)
            record_look(tx, str(one.id), "complaint_contact", why)
            sealed = store.load_sealed(tx, str(one.id))
        return self._vault.open(sealed, f"complaint:{one.id}") if sealed else ""

    # --- looking

    def page(
        self,
        asked: ComplaintFilter,
        locale: str,
        *,
        after: str = "",
        limit: int = LONGEST_PAGE,
    ) -> ComplaintPage:
        """For staff: those of a filter, the most urgent first. after: `next` of the page before."""
        limit, day = max(1, min(limit, LONGEST_PAGE)), self.today()
        due, _, last = after.partition("_")
        with self._database.read() as tx:
            found = store.page_of(tx, asked, day, (due, last), limit)
            days, who = load_calendar(tx), self._who(tx)
            open_ones = store.count_due(tx, store.NO_DUE)
            overdue = store.count_due(tx, day)
        text = self._text(locale)
        lines = tuple(rules.line_of(one, day, days, who, text) for one, _ in found)
        following = f"{found[-1][1]}_{found[-1][0].id}" if len(found) == limit else None
        return ComplaintPage(lines, following, open_ones, overdue)

    def case(self, complaint: str, locale: str) -> ComplaintCase:
        """One with its life, for staff. Raises NotFound complaint.unknown."""
        with self._database.read() as tx:
            return self._case(tx, self._load(tx, complaint), locale, client=False)

    def own_page(
        self, client: str, locale: str, *, before: str = "", limit: int = LONGEST_PAGE
    ) -> ComplaintPage:
        """A client's own, newest first. before: an id."""
        limit, day = max(1, min(limit, LONGEST_PAGE)), self.today()
        with self._database.read() as tx:
            found = store.page_of_client(tx, client, before, limit)
            days, who = load_calendar(tx), self._who(tx)
            open_ones = store.count_open_of(tx, client)
        text = self._text(locale)
        lines = rules.own_lines(rules.line_of(one, day, days, who, text) for one in found)
        following = str(found[-1].id) if len(found) == limit else None
        return ComplaintPage(lines, following, open_ones, sum(line.overdue for line in lines))

    def own_case(self, client: str, complaint: str, locale: str) -> ComplaintCase:
        """One of a client's own, without internal notes. Raises NotFound complaint.unknown."""
        with self._database.read() as tx:
            return self._case(tx, self._own(tx, client, complaint), locale, client=True)

    def handlers(self) -> list[tuple[str, str]]:
        """Who may be given one: actor and name."""
        with self._database.read() as tx:
            return [(f"staff:{one.subject}", one.display_name) for one in list_staff(tx)]

    def _case(self, tx: ReadTx, one: Complaint, locale: str, *, client: bool) -> ComplaintCase:
        text, names = self._text(locale), self._who(tx)

        def who(actor: str) -> str:
            if actor.startswith("client:"):
                return text("complaint.by.client")
            return text("complaint.by.firm") if client else names(actor)

        steps = store.load_steps(tx, str(one.id))
        return rules.case_of(one, steps, self.today(), load_calendar(tx), who, text, client=client)

    @staticmethod
    def _load(tx: ReadTx, complaint: str) -> Complaint:
        if found := store.find_complaint(tx, complaint):
            return found
        raise NotFound("complaint.unknown", complaint=complaint[:40])

    def _own(self, tx: ReadTx, client: str, complaint: str) -> Complaint:
        one = self._load(tx, complaint)
        if not client or one.client != client:
            raise NotFound("complaint.unknown", complaint=complaint[:40])
        return one

    def _text(self, locale: str) -> rules.Text:
        def said(code: str, /, **facts: Any) -> str:
            return self._catalogue.text(code, locale, **facts)

        return said

    @staticmethod
    def _who(tx: ReadTx) -> rules.Name:
        names = {f"staff:{one.subject}": one.display_name for one in list_staff(tx)}
        return lambda actor: names.get(actor, actor)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
