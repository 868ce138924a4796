"""Keeping, reading, finding again; what is damaged is named; what must stay stays."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.archive.conftest import PDF, STAFF, keep, make_archive, new
from yunquan.archive import (
    Archive,
    destroy,
    end_relationship,
    lift_hold,
    place_hold,
    store,
    sweep,
    verify,
)
from yunquan.archive.adapters.sealed_files import MAGIC, PIECE, TAG
from yunquan.archive.types import DocumentFilter, Finding
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable, YunquanError
from yunquan.kernel.transaction import Database
from yunquan.security import Sm4Vault, list_looks


def read(archive: Archive, document: str) -> bytes:
    with archive.database.read() as tx:
        return archive.read(tx, document)


def found(archive: Archive, **asked: str) -> list[str]:
    return [line.id for line in archive.find(DocumentFilter(**asked)).items]


def faults(archive: Archive) -> list[Finding]:
    return [finding for finding in verify(archive) if not finding.holds]


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 5 * PIECE + 7])
def test_what_is_kept_is_read(archive: Archive, size: int) -> None:
    content = b"%PDF-" + os.urandom(size)
    document = keep(archive, new(content))
    assert read(archive, document) == content
    opened = archive.open(STAFF, document, "Complaint 118")
    total = len(content)
    for begin, end in ((0, 1), (total - 1, total), (PIECE - 1, PIECE + 1), (3, total), (0, 9**9)):
        assert b"".join(opened.parts(begin, end)) == content[begin:end]


def test_the_same_again_is_the_same_document(archive: Archive) -> None:
    first = keep(archive, new())
    assert keep(archive, new()) == first
    assert keep(archive, new(owner="app_2")) != first
    assert keep(archive, new(kind="opening_paper")) != first
    assert len(list(archive.files.lying())) == 3


def test_nothing_readable_lies_on_disk_or_in_the_database(
    archive: Archive, database: Database
) -> None:
    secret = "%PDF-1.7 林小舟 990101199003070010"
    keep(
        archive,
        new(secret.encode(), title="存管 林小舟", text="林小舟 工商银行 6222000011112222333"),
    )
    for path in archive.files.lying():
        body = path.read_bytes()
        assert b"PDF" not in body
        assert path.stat().st_mode & 0o077 == 0
    with database.read() as tx:
        rows = [
            row
            for table in (store.documents, store.words)
            for row in tx.execute(sa.select(table)).all()
        ]
    told = b" ".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )
    for part in ("林小舟", "工商", "6222", "9901"):
        assert part.encode() not in told


def test_a_large_content_comes_in_pieces_and_is_never_whole_in_memory(archive: Archive) -> None:
    pieces = [b"\x1a\x45\xdf\xa3" + os.urandom(100_000), *(os.urandom(70_001) for _ in range(9))]
    laid = archive.lay("video/webm", iter(pieces))
    film = new(laid, kind="witness_video", media_type="video/webm")  # type: ignore[arg-type]
    document = keep(archive, film)
    assert read(archive, document) == b"".join(pieces)
    assert keep(archive, film) == document
    with pytest.raises(Invalid, match=r"archive\.media_type"):
        keep(archive, dataclasses.replace(film, media_type="video/mp4", owner="app_9"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "poem"}, "archive.kind"),
        ({"media_type": "text/html"}, "archive.media_type"),
        ({"content": b""}, "archive.media_type"),
        ({"content": b"GIF89a"}, "archive.media_type"),
    ],
)
def test_what_is_refused_leaves_nothing(
    archive: Archive, change: dict[str, object], code: str
) -> None:
    with pytest.raises(Invalid, match=code):
        keep(archive, dataclasses.replace(new(), **change))  # type: ignore[arg-type]
    assert list(archive.files.lying()) == []


def test_too_large_leaves_nothing(archive: Archive) -> None:
    with pytest.raises(Invalid, match=r"archive\.too_large"):
        archive.files.lay([b"x" * 70_000, b"y" * 70_000], "video/webm", 100_000)
    with pytest.raises(Invalid, match=r"archive\.empty"):
        archive.lay("video/webm", [])
    assert list(archive.files.lying()) == []


def test_found_by_client_kind_day_and_text(archive: Archive) -> None:
    one = keep(archive, new())
    two = keep(
        archive, new(PDF + b"2", kind="opening_paper", day="2026-07-14", title="投资经验证明")
    )
    three = keep(archive, new(PDF + b"3", owner="app_2", text="选择农业银行存管 ABC-99"))
    assert found(archive) == [three, two, one]
    assert found(archive, client="app_1") == [two, one]
    assert found(archive, client="nobody") == []
    assert found(archive, kind="opening_paper") == [two]
    assert found(archive, from_day="2026-07-14") == [two]
    assert found(archive, to_day="2026-07-13") == [three, one]
    assert found(archive, text="工商银行") == [two, one]
    assert found(archive, text="银行存管") == [three, two, one]
    assert found(archive, text="abc") == [three]
    assert found(archive, text="农业 风险揭示") == [three]
    assert found(archive, text="经验证明") == [two]
    # Its pairs are there, the text isn't.
    assert found(archive, text="银行工商") == []
    with pytest.raises(Invalid, match=r"archive\.text_short"):
        found(archive, text="银")


def test_pages_follow_each_other(archive: Archive) -> None:
    kept = [keep(archive, new(PDF + bytes([n]))) for n in range(7)]
    seen, after = [], ""
    while True:
        page = archive.find(DocumentFilter(text="工商"), after=after, limit=3)
        seen += [line.id for line in page.items]
        if not (after := page.next):
            break
    assert seen == kept[::-1]


def test_two_words_that_share_a_number_are_told_apart(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "yunquan.archive.rules.words.numbers_of", lambda _key, _words: frozenset({7})
    )
    keep(archive, new())
    assert found(archive, text="农业银行") == []
    assert len(found(archive, text="工商银行")) == 1


def test_a_list_is_masked(archive: Archive) -> None:
    keep(archive, new(title="存管协议 6222000011112222333"))
    (line,) = archive.find(DocumentFilter()).items
    assert line.title == "存管协议 622****33"
    assert line.kind_text == "协议"


def test_a_look_needs_a_reason_and_is_kept(archive: Archive, clock: ManualClock) -> None:
    document = keep(archive, new())
    with pytest.raises(Invalid, match=r"archive\.opening_over"):
        archive.reopen(STAFF, document)
    with pytest.raises(Invalid, match=r"look\.reason_needed"):
        archive.open(STAFF, document, " ")
    archive.open(STAFF, document, "Complaint 118")
    with archive.database.read() as tx:
        (look,) = list_looks(tx, "app_1")
    assert (look.actor, look.what) == (STAFF, "document")
    assert look.why == f"Complaint 118 · {document}"
    assert b"".join(archive.reopen(STAFF, document).parts(0, 9**9)) == PDF
    with pytest.raises(Invalid, match=r"archive\.opening_over"):
        archive.reopen("staff:stf_2", document)
    clock.advance(15 * 60)
    with pytest.raises(Invalid, match=r"archive\.opening_over"):
        archive.reopen(STAFF, document)


def test_unknown_documents(archive: Archive) -> None:
    for look in (lambda: read(archive, "doc_0"), lambda: archive.open(STAFF, "doc_0", "Reason")):
        with pytest.raises(NotFound, match=r"archive\.unknown"):
            look()


def test_handed_over_with_what_it_has_already(archive: Archive) -> None:
    mine, theirs = keep(archive, new()), keep(archive, new(owner="cli_1"))
    other = keep(archive, new(PDF + b"2"))
    with archive.database.transaction() as tx:
        assert archive.hand_over(tx, "app_1", "cli_1") == 2
        assert archive.hand_over(tx, "app_1", "cli_1") == 0
    assert found(archive, client="app_1") == []
    assert set(found(archive, client="cli_1")) == {mine, theirs, other}
    assert keep(archive, new(owner="cli_1")) == theirs
    with archive.database.transaction() as tx:
        archive.hand_over(tx, "cli_1", "cli_2")
    assert len(found(archive, client="cli_2")) == 3


# --- damage


def damage(path: Path, at: int) -> None:
    body = bytearray(path.read_bytes())
    body[at] ^= 1
    path.write_bytes(bytes(body))


@pytest.mark.parametrize(
    ("harm", "code", "raised"),
    [
        (lambda path: path.unlink(), "archive.missing", NotFound),
        (lambda path: damage(path, 0), "archive.altered", Unavailable),
        (lambda path: damage(path, len(MAGIC) + 5), "archive.altered", Unavailable),
        (lambda path: damage(path, -1), "archive.altered", Unavailable),
        (lambda path: path.write_bytes(b""), "archive.altered", Unavailable),
        (
            # The last piece cut off: what is left is whole pieces.
            lambda path: path.write_bytes(path.read_bytes()[: len(MAGIC) + PIECE + TAG]),
            "archive.altered",
            Unavailable,
        ),
    ],
)
def test_damage_is_named(
    archive: Archive, harm: object, code: str, raised: type[YunquanError]
) -> None:
    good, bad = keep(archive, new()), keep(archive, new(PDF + b"x" * PIECE, kind="opening_paper"))
    with archive.database.read() as tx:
        lying = store.find_document(tx, bad)
    assert lying
    harm(archive.files.path(lying.address))  # type: ignore[operator]
    assert [(finding.code, finding.document) for finding in faults(archive)] == [(code, bad)]
    with pytest.raises(raised, match=r"archive\.damaged") as caught:
        read(archive, bad)
    assert caught.value.facts["document"] == bad
    assert read(archive, good) == PDF


def test_pieces_cant_change_places(archive: Archive) -> None:
    document = keep(archive, new(PDF + os.urandom(3 * PIECE)))
    (path,) = archive.files.lying()
    body, step = path.read_bytes(), PIECE + TAG
    head, pieces = body[:4], [body[4 + at : 4 + at + step] for at in range(0, len(body) - 4, step)]
    pieces[0], pieces[1] = pieces[1], pieces[0]
    path.write_bytes(head + b"".join(pieces))
    with pytest.raises(Unavailable, match=r"archive\.damaged"):
        read(archive, document)


def test_another_vault_reads_nothing(archive: Archive, database: Database) -> None:
    document = keep(archive, new())
    stranger = make_archive(database, archive.files.folder)
    stranger.files._vault = Sm4Vault(b"x" * 16)
    assert [finding.code for finding in faults(stranger)] == ["archive.unreadable"]
    with pytest.raises(Unavailable, match=r"vault\.unreadable"):
        read(stranger, document)


def test_orphans_are_found_and_swept_when_old(archive: Archive, clock: ManualClock) -> None:
    document = keep(archive, new())
    orphan = archive.lay("application/pdf", [PDF])
    (archive.files.folder / "half.draft").write_bytes(b"half")
    now_s = clock.now().timestamp()
    for path in archive.files.lying():
        os.utime(path, (now_s, now_s))
    assert {one.file for one in verify(archive) if one.code == "archive.orphan"} == {
        orphan.address,
        "half.draft",
    }
    assert faults(archive) == []
    assert sweep(archive) == []
    clock.advance(3601)
    assert set(sweep(archive)) == {orphan.address, "half.draft"}
    assert read(archive, document) == PDF
    assert len(list(archive.files.lying())) == 1


# --- how long


def test_nothing_goes_before_its_day(archive: Archive) -> None:
    document = keep(archive, new())

    def go(day: str) -> None:
        with archive.database.transaction(actor=STAFF) as tx:
            destroy(archive, tx, document, day, "Years are over")

    with pytest.raises(Conflict, match=r"archive\.relationship_lasts"):
        go("2090-01-01")
    with archive.database.transaction() as tx:
        end_relationship(tx, "app_1", "2030-05-01")
    assert archive.find(DocumentFilter()).items[0].retain_until == "2050-05-01"
    with pytest.raises(Conflict, match=r"archive\.retained"):
        go("2050-04-30")
    with archive.database.transaction(actor=STAFF) as tx:
        hold = place_hold(tx, "app_1", "Court paper 7")
    assert archive.find(DocumentFilter()).items[0].held
    with pytest.raises(Conflict, match=r"archive\.held"):
        go("2050-05-01")
    with archive.database.transaction(actor=STAFF) as tx:
        lift_hold(tx, hold.id, "Court paper 9")
        lift_hold(tx, hold.id, "Court paper 9")
    go("2050-05-01")
    assert list(archive.files.lying()) == []
    assert found(archive, text="工商") == []
    (line,) = archive.find(DocumentFilter()).items
    assert (line.title, line.destroyed) == ("", True)
    with pytest.raises(Conflict, match=r"archive\.destroyed"):
        read(archive, document)
    with pytest.raises(Conflict, match=r"archive\.destroyed"):
        go("2050-05-01")
    assert faults(archive) == []
    assert keep(archive, new()) != document


def test_holds_need_a_basis_and_must_exist(archive: Archive) -> None:
    with archive.database.transaction() as tx:
        with pytest.raises(Invalid, match=r"archive\.basis"):
            place_hold(tx, "app_1", "x")
        with pytest.raises(NotFound, match=r"archive\.hold_unknown"):
            lift_hold(tx, "hld_0", "Court paper 9")
