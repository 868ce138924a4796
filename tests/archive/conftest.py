"""An archive in a folder of its own, over both kinds of database."""

from __future__ import annotations

from pathlib import Path

import pytest

from yunquan.app.locale import catalogue
from yunquan.archive import Archive
from yunquan.archive.types import DocumentId, NewDocument
from yunquan.kernel.transaction import Database
from yunquan.security import Sm4Vault

KEY, DIGEST_KEY = b"k" * 16, b"d" * 32
STAFF = "staff:stf_1"
PDF = b"%PDF-1.7 the whole of it"


def make_archive(database: Database, folder: Path) -> Archive:
    return Archive(database, folder, Sm4Vault(KEY), DIGEST_KEY, catalogue())


def new(content: bytes = PDF, **more: object) -> NewDocument:
    given: dict[str, object] = {
        "kind": "agreement",
        "owner": "app_1",
        "title": "风险揭示书",
        "media_type": "application/pdf",
        "text": "客户 林*舟 选择工商银行存管，客户编号 880000000001",
        "day": "2026-07-13",
        "source": "test",
    }
    return NewDocument(content=content, **(given | more))  # type: ignore[arg-type]


def keep(archive: Archive, document: NewDocument) -> DocumentId:
    with archive.database.transaction() as tx:
        return archive.keep(tx, document)


@pytest.fixture
def archive(database: Database, tmp_path: Path) -> Archive:
    return make_archive(database, tmp_path / "archive")
