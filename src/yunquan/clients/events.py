"""What happened to clients. Ids, numbers of accounts and days; no name, mobile or document."""

from __future__ import annotations

import msgspec


class ClientRegistered(
    msgspec.Struct, frozen=True, array_like=True, tag="clients.client_registered@1"
):
    """A client exists. id_valid_until: ISO day."""

    client: str
    principal: str
    permissions: list[str]
    id_valid_until: str
    by: str


class AccountsOpened(msgspec.Struct, frozen=True, array_like=True, tag="clients.accounts_opened@1"):
    """Accounts exist in the tree; a reader has the counter open them under the account's number.

    securities: (market, number, kind, designated, custody unit) of each.
    """

    client: str
    account: str
    kind: str
    currency: str
    securities: list[tuple[str, str, str, bool, str]]
    permissions: list[str]
    id_valid_until: str
    by: str


class DesignationConfirmed(
    msgspec.Struct, frozen=True, array_like=True, tag="clients.designation_confirmed@1"
):
    """The depository says that a Shanghai account is designated to this firm 指定交易.

    account: the cash account it settles through, whose counter is to be told.
    """

    client: str
    account: str
    number: str


class PermissionGranted(
    msgspec.Struct, frozen=True, array_like=True, tag="clients.permission_granted@1"
):
    """A client may trade another board or product; whoever granted it has the counters told."""

    client: str
    permission: str
    by: str


EVENTS = (ClientRegistered, AccountsOpened, DesignationConfirmed, PermissionGranted)
