"""Who the clients are: identity, the tree of their accounts, permissions, preferences.

What must hold: an identity document belongs to one client; its number and the mobile are stored
sealed and shown masked, and a look at the whole leaves a record; an account number belongs to one
client for ever. Balances and what an account may do now are the counter's, not ours.
"""

from yunquan.clients.service.accounts import (
    account_numbers,
    confirm_designation,
    issue_simulated_securities,
    load_accounts,
    load_opening,
    open_accounts,
    owner_of,
    taken_numbers,
)
from yunquan.clients.service.demo import seed_demo, seed_others
from yunquan.clients.service.identity import (
    Sealing,
    grant_permission,
    is_registered,
    known_of,
    list_clients,
    load_client,
    next_customer_number,
    register_client,
    reveal,
)
from yunquan.clients.service.preferences import (
    load_preferences,
    save_preferences,
    unwatch,
    watch,
)
from yunquan.clients.service.watchlists import (
    create_watchlist,
    delete_watchlist,
    list_watchlists,
    load_watchlist,
    rename_watchlist,
    save_watchlist,
)

__all__ = [
    "Sealing",
    "account_numbers",
    "confirm_designation",
    "create_watchlist",
    "delete_watchlist",
    "grant_permission",
    "is_registered",
    "issue_simulated_securities",
    "known_of",
    "list_clients",
    "list_watchlists",
    "load_accounts",
    "load_client",
    "load_opening",
    "load_preferences",
    "load_watchlist",
    "next_customer_number",
    "open_accounts",
    "owner_of",
    "register_client",
    "rename_watchlist",
    "reveal",
    "save_preferences",
    "save_watchlist",
    "seed_demo",
    "seed_others",
    "taken_numbers",
    "unwatch",
    "watch",
]
