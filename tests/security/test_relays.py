"""What a page tells a browser of relays: checked against the scheme as coturn reads it."""

from __future__ import annotations

import base64
import hashlib
import hmac

from yunquan.security.rules.relays import GOOD_FOR_S, ice_servers
from yunquan.security.types import Relays

NOW_S = 1_800_000_000


def test_none_on_one_network() -> None:
    assert ice_servers(Relays(), NOW_S) == []


def test_a_relay_is_given_a_password_that_ends() -> None:
    relays = Relays(("stun:a:3478",), ("turn:b:3478", "turns:b:5349"), "shared")
    stun, turn = ice_servers(relays, NOW_S)
    assert stun == {"urls": ["stun:a:3478"]}
    assert turn["urls"] == ["turn:b:3478", "turns:b:5349"]
    until, _, _ = turn["username"].partition(":")
    assert int(until) == NOW_S + GOOD_FOR_S
    mac = hmac.new(b"shared", turn["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == mac
    assert "shared" not in str(turn)
