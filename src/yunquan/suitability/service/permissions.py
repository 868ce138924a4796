"""Trading permissions: what each takes, what somebody has, applying, and telling the counters."""

from __future__ import annotations

import asyncio
from typing import Final

from yunquan import clients
from yunquan.clients.types import ClientId, Permission
from yunquan.kernel.errors import Conflict, Invalid, NotFound, YunquanError
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.suitability import events, store
from yunquan.suitability.ports import AssetDays, FirstTrades, PermissionLine
from yunquan.suitability.rules import gates
from yunquan.suitability.rules.questionnaire import LOCALES, sm3, text_body
from yunquan.suitability.service.suitability import LONGEST_KEY, Suitability
from yunquan.suitability.types import (
    Disclosure,
    Gate,
    GateCheck,
    GateFacts,
    PermissionRequest,
    PermissionRequestId,
    PermissionView,
)

AT_ONCE: Final = 100
DISCLOSURE: Final = "disclosure"


class Permissions:
    """The office of trading permissions 交易权限. line: how counters are told."""

    def __init__(
        self,
        suitability: Suitability,
        assets: AssetDays,
        trades: FirstTrades,
        line: PermissionLine,
    ) -> None:
        self.suitability = suitability
        self.database = suitability.database
        self._assets = assets
        self._trades = trades
        self._line = line

    # --- looking ---

    def board(self, tx: ReadTx, client: str, locale: str) -> tuple[PermissionView, ...]:
        """Every permission there is: held, open to apply for, or what stands in the way."""
        day = self.suitability.today()
        held = {one.value for one in clients.load_client(tx, ClientId(client)).permissions}
        facts = self.facts(tx, client)
        return tuple(
            self._view(code, offered, code in held, facts, locale)
            for code, offered in self.suitability.firm.offered(day).items()
        )

    def _view(
        self, permission: str, offered: bool, held: bool, facts: GateFacts, locale: str
    ) -> PermissionView:
        rows = self.suitability.firm.gates(permission, facts.day)
        checks = gates.check_permission(rows, facts)
        state = "held" if held else "blocked" if gates.in_the_way(checks) else "open"
        if not offered and not held:
            state = "not_offered"
        return PermissionView(permission, state, checks, self._disclosures(rows, locale))

    def _disclosures(self, rows: tuple[Gate, ...], locale: str) -> tuple[Disclosure, ...]:
        return tuple(
            self.disclosure(str(row.value), locale) for row in rows if row.gate == DISCLOSURE
        )

    def disclosure(self, code: str, locale: str) -> Disclosure:
        """A risk disclosure as it is shown in a language."""

        def text(part: str) -> str:
            return self.suitability.catalogue.text(part, locale)

        title = text(f"suitability.disclosure.{code}.title")
        said = text(f"suitability.disclosure.{code}.text")
        return Disclosure(code, locale, title, said, sm3(text_body(code, locale, title, said)))

    def facts(self, tx: ReadTx, client: str, signed: frozenset[str] = frozenset()) -> GateFacts:
        """What is known of somebody today."""
        office, day = self.suitability, self.suitability.today()
        one = office.current(tx, client)
        matched = office.match_all(one) if one else ()
        average = self._assets.average_before(tx, client, day, gates.AVERAGE_DAYS)
        known = [store.first_trade(tx, client), self._trades.first_trade(tx, client)]
        return GateFacts(
            day=day,
            average_fen=average.fen,
            days_known=average.days,
            first_trade=min((first for first in known if first), default=""),
            class_=one.class_.value if one else "",
            matches={found.product.code: found.verdict for found in matched},
            levels={entry.code: entry.level for entry in office.firm.products(day)},
            confirmed=store.confirmed_under(tx, client, str(one.id)) if one else frozenset(),
            signed=signed,
        )

    def history(self, tx: ReadTx, client: str, limit: int = 20) -> list[PermissionRequest]:
        """Applications, newest first."""
        return store.list_permission_requests(tx, client, limit)

    def check(self, tx: ReadTx, client: str, permission: str) -> tuple[GateCheck, ...]:
        """Every gate of one permission. Raises NotFound suitability.permission_unknown."""
        self._check_known(permission)
        facts = self.facts(tx, client)
        rows = self.suitability.firm.gates(permission, facts.day)
        return gates.check_permission(rows, facts)

    def _check_known(self, permission: str) -> bool:
        offered = self.suitability.firm.offered(self.suitability.today())
        if permission not in offered:
            raise NotFound("suitability.permission_unknown", permission=permission[:20])
        return offered[permission]

    # --- applying ---

    def apply(
        self, tx: Tx, client: str, permission: str, signed: dict[str, str], key: str
    ) -> PermissionRequest:
        """Check every gate anew and grant, or keep what was missing; the same key again is the same
        request. signed: digest of what was shown, by disclosure. Counters are told after the
        commit, by `tell`.

        Raises NotFound suitability.permission_unknown, Conflict suitability.not_offered,
        permission_held, shown_changed, id_expired, command.reused.
        """
        if not 0 < len(key) <= LONGEST_KEY:
            raise Invalid("suitability.key", longest=LONGEST_KEY)
        # Two applications at once: the second sees what the first was granted.
        store.take_turn(tx, f"permission:{client}"[:64])
        if earlier := store.find_permission_request(tx, client, key):
            if earlier.permission != permission:
                raise Conflict("command.reused", command=key)
            return earlier
        self._check_applying(tx, client, permission)
        self._keep_signed(tx, signed)
        facts = self.facts(tx, client, frozenset(signed))
        rows = self.suitability.firm.gates(permission, facts.day)
        checks = gates.check_permission(rows, facts)
        missing = gates.unmet(checks)
        made = PermissionRequest(
            tx.ids.new(PermissionRequestId),
            client,
            permission,
            not missing,
            checks,
            facts.day,
            tx.now_ms(),
            told=False,
            code="",
        )
        proof = sorted(signed.items())
        store.insert_permission(tx, made, key, proof)
        asked = (str(made.id), client, permission, missing, proof, facts.day, tx.actor)
        tx.emit(events.PermissionAsked(*asked))
        if made.granted:
            clients.grant_permission(tx, ClientId(client), Permission(permission))
        return made

    def _check_applying(self, tx: ReadTx, client: str, permission: str) -> None:
        if not self._check_known(permission):
            raise Conflict("suitability.not_offered", permission=permission)
        person = clients.load_client(tx, ClientId(client))
        if permission in person.permissions:
            raise Conflict("suitability.permission_held", permission=permission)
        if person.id_valid_until < self.suitability.today():
            raise Conflict("suitability.id_expired", day=person.id_valid_until)

    def _keep_signed(self, tx: Tx, signed: dict[str, str]) -> None:
        """Every text that was confirmed is one that is shown today, and is kept as it was."""
        for code, digest in signed.items():
            shown = [self.disclosure(code[:20], locale) for locale in LOCALES]
            read = next((one for one in shown if one.digest == digest), None)
            if read is None:
                raise Conflict("suitability.shown_changed")
            store.keep_text(tx, digest, text_body(code, read.locale, read.title, read.text))

    # --- telling the counters ---

    async def tell(self, request: PermissionRequest) -> str:
        """Why not every counter knows yet, "" once they do; again is harmless. What fails is told
        again by `bring_in_line`."""
        if not request.granted:
            return ""
        code = ""
        accounts = await asyncio.to_thread(self._accounts_of, request.owner)
        for account in accounts:
            command = f"suitability:{request.id}:{account}"
            asked = (command, account, request.permission, str(request.id))
            try:
                code = await self._line.grant(*asked) or code
            except YunquanError as error:
                code = error.code
        await asyncio.to_thread(self._save_told, str(request.id), code)
        return code

    def _accounts_of(self, client: str) -> tuple[str, ...]:
        with self.database.read() as tx:
            return clients.account_numbers(tx, ClientId(client))

    def _save_told(self, request: str, code: str) -> None:
        with self.database.transaction() as tx:
            store.save_told(tx, request, code)

    async def bring_in_line(self) -> int:
        """Tell counters of what they weren't told; how many requests every counter knows now."""
        told = 0
        for one in await asyncio.to_thread(self._untold):
            told += not await self.tell(one)
        return told

    def _untold(self) -> list[PermissionRequest]:
        with self.database.read() as tx:
            return store.untold(tx, AT_ONCE)
