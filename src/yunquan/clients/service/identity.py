"""Registering clients, and seeing who they are."""

from __future__ import annotations

from dataclasses import dataclass, field

from yunquan.clients import events, rules, store
from yunquan.clients.types import (
    Client,
    ClientId,
    ClientLine,
    ClientStatus,
    Identity,
    NewClient,
    Permission,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.residents import birth_day
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.security import Vault, record_look, register_principal
from yunquan.security.types import NewPrincipal, PrincipalKind

_LONGEST_LIST = 200


@dataclass(frozen=True, slots=True)
class Sealing:
    """How identities are stored: sealed by the vault, found again by a digest under digest_key."""

    vault: Vault
    digest_key: bytes = field(repr=False)


def register_client(tx: Tx, new: NewClient, password_hash: str, sealing: Sealing) -> Client:
    """A client who can log in. Raises Invalid, Conflict client.already_registered."""
    if refused := rules.check_registration(new):
        raise Invalid(refused.code, **refused.facts)
    digest = rules.identity_digest(sealing.digest_key, new.id_number)
    if store.has_identity(tx, digest):
        raise Conflict("client.already_registered")
    client_id = tx.ids.new(ClientId)
    name = new.name.strip()
    login = NewPrincipal(PrincipalKind.CLIENT, new.login_name, name, client_id)
    principal = register_principal(tx, login, password_hash)
    client = Client(
        id=client_id,
        principal=principal.id,
        login_name=principal.login_name,
        name=name,
        name_masked=rules.mask_name(name),
        mobile_masked=rules.mask_middle(new.mobile, 3, 4),
        id_masked=rules.mask_middle(new.id_number, 3, 2),
        id_valid_until=new.id_valid_until,
        permissions=new.permissions,
        status=ClientStatus.ACTIVE,
        registered_at_ms=tx.now_ms(),
    )
    sealed = store.Sealed(
        mobile=sealing.vault.seal(new.mobile, f"mobile:{client_id}"),
        id_number=sealing.vault.seal(new.id_number, f"id:{client_id}"),
        id_digest=digest,
    )
    store.insert_client(tx, client, sealed)
    permissions = sorted(permission.value for permission in new.permissions)
    who, principal_id = str(client_id), str(principal.id)
    tx.emit(events.ClientRegistered(who, principal_id, permissions, new.id_valid_until, tx.actor))
    return client


def is_registered(tx: ReadTx, digest: str) -> bool:
    """Whether somebody with this identity (`rules.identity_digest`) is a client."""
    return store.has_identity(tx, digest)


def next_customer_number(tx: Tx) -> str:
    """A customer number 客户号, by which a new client logs in."""
    return f"yq{store.next_number(tx, 'customer'):08d}"


def load_client(tx: ReadTx, client_id: ClientId) -> Client:
    """A client, numbers masked. Raises NotFound client.unknown."""
    if client := store.find_client(tx, client_id):
        return client
    raise NotFound("client.unknown", client=client_id)


def grant_permission(tx: Tx, client_id: ClientId, permission: Permission) -> bool:
    """Let a client trade a board or product; False, and nothing told, if they already may. Raises
    NotFound client.unknown.
    """
    held = load_client(tx, client_id).permissions
    if permission in held:
        return False
    store.save_permissions(tx, client_id, held | {permission})
    tx.emit(events.PermissionGranted(str(client_id), permission.value, tx.actor))
    return True


def list_clients(tx: ReadTx, text: str = "", after: str = "", limit: int = 50) -> list[ClientLine]:
    """Clients for staff, masked, in order of id from `after` on.

    text: the beginning of a name or of a login name, a client id, or a whole account number.
    """
    return store.search_clients(tx, text.strip()[:60], after, min(limit, _LONGEST_LIST))


def known_of(tx: ReadTx, client_id: ClientId, sealing: Sealing) -> tuple[str, str]:
    """Birth day by the identity document, and the digest it is found by: for machines that compare,
    never to be shown. Raises NotFound client.unknown.
    """
    load_client(tx, client_id)
    sealed = store.load_sealed(tx, client_id)
    number = sealing.vault.open(sealed.id_number, f"id:{client_id}")
    return birth_day(number), sealed.id_digest


def reveal(tx: Tx, client_id: ClientId, why: str, sealing: Sealing) -> Identity:
    """Identity unmasked, for a reason, which is recorded with who asked."""
    client = load_client(tx, client_id)
    record_look(tx, str(client_id), "identity", why)
    sealed = store.load_sealed(tx, client_id)
    return Identity(
        name=client.name,
        mobile=sealing.vault.open(sealed.mobile, f"mobile:{client_id}"),
        id_number=sealing.vault.open(sealed.id_number, f"id:{client_id}"),
    )
