"""Who came to the clients' door, in the order of the log, each once. Staff's are the audit's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from yunquan.dossier import store
from yunquan.dossier.types import DoorStep
from yunquan.kernel.readers import Reader, Recorded
from yunquan.kernel.transaction import Tx
from yunquan.security import events as e

CLIENT: Final = "client"
# (what, address, device, code) of an event.
Told = tuple[str, str, str, str]
_TELL: Final[dict[type, Callable[[Any], Told]]] = {
    e.LoggedIn: lambda x: ("in", x.address, x.device, ""),
    e.LoginFailed: lambda x: ("failed", x.address, "", x.code),
    e.LockedOut: lambda x: ("locked", "", "", ""),
    e.LoggedOut: lambda x: ("out", "", "", ""),
    e.PasswordChanged: lambda x: ("password", "", "", ""),
}


def note_all(tx: Tx, items: Sequence[Recorded]) -> None:
    """Write down the steps at the doors among these events."""
    if found := [step for item in items if (step := _step(item))]:
        store.insert_steps(tx, found)


def _step(item: Recorded) -> DoorStep | None:
    event = item.event
    tell = _TELL.get(type(event))
    # What doesn't say whose door it was belongs to a principal of either; nobody asks for staff's.
    if tell is None or getattr(event, "kind", CLIENT) != CLIENT or not event.principal:
        return None
    what, address, device, code = tell(event)
    place = (item.stream, item.seq, item.at_ms, event.principal)
    return DoorStep(*place, what, address[:60], device[:200], code[:60])


DOORKEEPING: Final = Reader("dossier", note_all)
