"""Which relays a browser may use for a call between two of them, and with what password.

Browsers behind different routers find one another by STUN and, where that doesn't do, talk through
a TURN relay. The relay shares a key with us: a name that holds its own end, and its keyed hash as
the password (the "TURN REST" scheme that coturn has as `use-auth-secret`), so that what a page
shows is worth nothing an hour later.
"""

from __future__ import annotations

import base64
import hmac
from typing import Any, Final

from yunquan.security.types import Relays

GOOD_FOR_S: Final = 3_600
USER: Final = "yunquan"


def ice_servers(relays: Relays, now_s: int) -> list[dict[str, Any]]:
    """What RTCPeerConnection takes as `iceServers`; none where both are on one network.

    now_s: wall-clock seconds since 1970 UTC.
    """
    servers = list[dict[str, Any]]()
    if relays.stun:
        servers.append({"urls": list(relays.stun)})
    if relays.turn:
        name = f"{now_s + GOOD_FOR_S}:{USER}"
        digest = hmac.digest(relays.key.encode(), name.encode(), "sha1")
        password = base64.b64encode(digest).decode()
        servers.append({"urls": list(relays.turn), "username": name, "credential": password})
    return servers
