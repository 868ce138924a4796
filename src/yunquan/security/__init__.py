"""Who may come in: principals, passwords, lockout, sessions, second factor, and records of looks at
sensitive data.

What must hold: an attempt counts before it is checked, so nobody gets more guesses than allowed; no
token, password or one-time code is stored readable or put in an event; a revoked session opens
nothing, at once in this process and within two seconds in others; a look at sensitive data leaves
who, what and why.
"""

from yunquan.security.adapters.argon2_passwords import Argon2Passwords
from yunquan.security.adapters.session_cache import SessionCache
from yunquan.security.adapters.sm4_vault import Sm4Vault
from yunquan.security.ports import Passwords, Vault
from yunquan.security.service.desk import LoginDesk
from yunquan.security.service.login import change_password, confirm_password, log_in
from yunquan.security.service.looks import list_looks, note_look, record_look
from yunquan.security.service.principals import (
    disable_principal,
    enrol_second_factor,
    find_principal,
    find_principal_of,
    list_staff,
    load_principal,
    prepare_login,
    register_principal,
    register_staff,
    second_factor_uri,
    unlock,
)
from yunquan.security.service.sessions import (
    authenticate,
    check_csrf,
    count_sessions,
    csrf_token,
    forget_ended,
    is_alive,
    list_logins,
    list_sessions,
    log_out,
    require_role,
    revoke_others,
    revoke_session,
    revoke_sessions,
    save_touches,
)

__all__ = [
    "Argon2Passwords",
    "LoginDesk",
    "Passwords",
    "SessionCache",
    "Sm4Vault",
    "Vault",
    "authenticate",
    "change_password",
    "check_csrf",
    "confirm_password",
    "count_sessions",
    "csrf_token",
    "disable_principal",
    "enrol_second_factor",
    "find_principal",
    "find_principal_of",
    "forget_ended",
    "is_alive",
    "list_logins",
    "list_looks",
    "list_sessions",
    "list_staff",
    "load_principal",
    "log_in",
    "log_out",
    "note_look",
    "prepare_login",
    "record_look",
    "register_principal",
    "register_staff",
    "require_role",
    "revoke_others",
    "revoke_session",
    "revoke_sessions",
    "save_touches",
    "second_factor_uri",
    "unlock",
]
