"""Decisions about passwords, attempts, sessions, second factors and forged requests. Pure: time is
an argument."""

from yunquan.security.rules.attempts import (
    admit,
    attempts_key,
    count_address,
    give_back,
    settle_failure,
)
from yunquan.security.rules.forgery import csrf_token, is_genuine
from yunquan.security.rules.passwords import check_login_name, check_password, normal_login_name
from yunquan.security.rules.second_factor import SECOND_FACTOR_STEP_S, match_step, provisioning_uri
from yunquan.security.rules.sessions import check_reason, session_end, token_hash

__all__ = [
    "SECOND_FACTOR_STEP_S",
    "admit",
    "attempts_key",
    "check_login_name",
    "check_password",
    "check_reason",
    "count_address",
    "csrf_token",
    "give_back",
    "is_genuine",
    "match_step",
    "normal_login_name",
    "provisioning_uri",
    "session_end",
    "settle_failure",
    "token_hash",
]
