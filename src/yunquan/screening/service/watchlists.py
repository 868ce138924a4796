"""Taking the publisher's lists, and having the one in force at hand."""

from __future__ import annotations

import logging
import threading
from typing import Final

from yunquan.kernel.errors import Refused
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.screening import events, store
from yunquan.screening.ports import ListSource
from yunquan.screening.rules.lists import is_version, list_digest, read_list
from yunquan.screening.rules.names import NameIndex
from yunquan.screening.types import ListVersion

logger = logging.getLogger("yunquan.screening")

LONGEST_LIST: Final = 100
NO_LIST: Final = NameIndex(())


class Watchlists:
    """The list in force, read once and kept in memory until a newer one is taken."""

    def __init__(self, database: Database, source: ListSource) -> None:
        self._database = database
        self._source = source
        self._lock = threading.Lock()
        self._version = ""
        self._index = NO_LIST

    def take(self) -> ListVersion | None:
        """Take the newest list, if there is one that we haven't; what became of it, None where
        there was nothing new. One that can't be believed changes nothing: the one before it stays
        in force, and it is fetched again next time.

        Raises Unavailable office.*.
        """
        version = self._source.latest()
        with self._database.read() as tx:
            known = store.newest_list(tx)
        if not is_version(version) or (known is not None and version <= known.version):
            return None
        body = self._source.fetch(version)
        read = read_list(body, version)
        code = read.code if isinstance(read, Refused) else ""
        entries = 0 if isinstance(read, Refused) else len(read.entries)
        with self._database.transaction() as tx:
            found = ListVersion(version, list_digest(body), entries, code, tx.now_ms())
            if not store.keep_list(tx, found, body):
                return found
            if code:
                logger.warning("list refused", extra={"version": version, "code": code})
                tx.emit(events.ListRefused(version, code))
            else:
                tx.emit(events.ListTaken(version, entries, found.digest))
        return found

    def in_force(self, tx: ReadTx) -> tuple[str, NameIndex]:
        """The version in force and the list ready to be asked; "" and an empty one before the
        first."""
        newest = store.newest_list(tx)
        if newest is None:
            return "", NO_LIST
        with self._lock:
            if newest.version != self._version:
                read = read_list(store.list_body(tx, newest.version), newest.version)
                assert not isinstance(read, Refused)
                self._version, self._index = newest.version, NameIndex(read.entries)
            return self._version, self._index

    def versions(self, tx: ReadTx) -> list[ListVersion]:
        """Newest first, with those that could not be believed."""
        return store.list_versions(tx, LONGEST_LIST)
