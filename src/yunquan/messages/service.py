"""Reading messages, and marking them as read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from yunquan.kernel.errors import NotFound
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.messages import rules, store
from yunquan.messages.types import Message, MessagePage

LONGEST_LIST: Final = 100


class Messages:
    """The office of messages. Whose accounts they are was checked by the face."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    def page(
        self,
        accounts: Sequence[str],
        locale: str,
        *,
        before: str = "",
        kind: str = "",
        limit: int = 50,
    ) -> MessagePage:
        """Newest first. before: a message's id. Raises NotFound message.unknown."""
        limit = max(1, min(limit, LONGEST_LIST))

        def text(code: str, /, **facts: Any) -> str:
            return self._catalogue.text(code, locale, **facts)

        with self._database.read() as tx:
            earlier = self._known(tx, accounts, before) if before else None
            found = store.page_of_messages(tx, accounts, earlier, kind, limit)
            unread = store.count_unread(tx, accounts)
        following = found[-1].id if len(found) == limit else None
        return MessagePage(tuple(rules.line_of(one, text) for one in found), unread, following)

    def _known(self, tx: ReadTx, accounts: Sequence[str], message: str) -> Message:
        found = store.find_message(tx, accounts, message)
        if found is None:
            raise NotFound("message.unknown", message=message[:70])
        return found

    def unread(self, accounts: Sequence[str]) -> int:
        """How many wait to be read."""
        with self._database.read() as tx:
            return store.count_unread(tx, accounts)

    def read(self, actor: str, accounts: Sequence[str], message: str = "") -> int:
        """Mark one, or all of them, as read; how many were unread. Raises NotFound."""
        with self._database.transaction(actor) as tx:
            if message:
                self._known(tx, accounts, message)
            return store.mark_read(tx, accounts, message)


def told_between(
    tx: ReadTx, account: str, from_ms: int, to_ms: int, limit: int = 20_000
) -> list[Message]:
    """What an account's owner was told in a span, oldest first, and when they read it."""
    return store.messages_between(tx, account, from_ms, to_ms, limit)
