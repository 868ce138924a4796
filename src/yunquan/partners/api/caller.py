"""Whoever calls the API: the one dependency of its routes."""

from __future__ import annotations

from typing import Any

from litestar.connection import Request
from litestar.di import NamedDependency

from yunquan.clients import Sealing
from yunquan.desk import Desk
from yunquan.kernel.errors import NotFound
from yunquan.kernel.idempotency import key_of
from yunquan.kernel.scopes import origin_of
from yunquan.partners import errors
from yunquan.partners.ports import OwnAccounts
from yunquan.security.types import PrincipalKind, Session


class Caller:
    """Who calls, in which language, and what is theirs."""

    __slots__ = ("_accounts", "_request", "desk", "origin", "session")

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        state = request.app.state
        self._request = request
        self._accounts: OwnAccounts = state.accounts
        self.desk: Desk = state.desk
        self.origin: str = origin_of(request.scope["headers"])
        self.session: Session | None = request.scope["state"]["session"]

    @property
    def member(self) -> Session:
        """The session, on routes that the shell opens to members only."""
        assert self.session is not None, "the route lets anyone in"
        return self.session

    @property
    def actor(self) -> str:
        """Who acts, as commands and the audit trail name them."""
        return self.member.actor

    @property
    def locale(self) -> str:
        """The reader's language, worked out by the shell."""
        return self._request.app.state.locale_of(self._request)

    @property
    def sealing(self) -> Sealing:
        """What opens a client's sealed identity."""
        return self._request.app.state.sealing

    def accounts(self) -> tuple[str, ...]:
        """The client's account numbers, ordinary cash account first; () for staff."""
        session = self.member
        return self._accounts.of(session.subject) if session.kind is PrincipalKind.CLIENT else ()

    def own(self, account: str | None) -> str:
        """The account if the client's, their first for None. Raises NotFound account.not_yours."""
        accounts = self.accounts()
        if account is None:
            if not accounts:
                raise NotFound("account.none")
            return accounts[0]
        if account not in accounts:
            raise errors.not_yours(account)
        return account

    def opened(self) -> None:
        """The client has another account from now on."""
        self._accounts.forget(self.member.subject)

    def key(self) -> str:
        """The request's Idempotency-Key. Raises Invalid request.key_missing, key_malformed."""
        return key_of(self._request.scope["headers"])


def provide_caller(request: Request[Any, Any, Any]) -> Caller:
    """Litestar's way to hand a Caller to a route."""
    return Caller(request)


# How routes declare that they want one.
Calling = NamedDependency[Caller]
