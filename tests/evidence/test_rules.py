"""Which events and which of their rows belong to whom, and what a tampered pack shows."""

from __future__ import annotations

from typing import Any

import pytest

from yunquan.evidence import rules
from yunquan.evidence.adapters.archive import packed, unpacked
from yunquan.evidence.types import NewShown
from yunquan.kernel.errors import Invalid

ME, OTHER, ORDER = "6000000001", "6000000002", "ord_2026071300000001"
MINE = frozenset((ME, "cli_1", ORDER))
OWN_ROW = [ME, 1, ME, 0, "CNY", 5]
OTHER_ROW = [OTHER, 1, OTHER, 0, "CNY", 7]


@pytest.mark.parametrize(
    ("fields", "kept", "cut"),
    [
        (["x", 1, OTHER], None, False),
        (["x", 1, ME], ["x", 1, ME], False),
        (["client:cli_1:key", 1], ["client:cli_1:key", 1], False),
        # A settlement of several accounts: only our rows.
        (["2026-07-14", [OWN_ROW, OTHER_ROW]], ["2026-07-14", [OWN_ROW]], True),
        # What stands beside the rows goes with them.
        (
            ["d", [OTHER_ROW, OWN_ROW], [0, 3], [OWN_ROW]],
            ["d", [OWN_ROW], [3], [OWN_ROW]],
            True,
        ),
        # Orders handed over together.
        (["route", ["ord_9", ORDER], "b"], ["route", [ORDER], "b"], True),
        # Rows that are all about the event itself stay: an account's securities accounts.
        ([ME, [["SH", "A1"], ["SZ", "02"]]], [ME, [["SH", "A1"], ["SZ", "02"]]], False),
        ([{"account": ME}], [{"account": ME}], False),
    ],
)
def test_what_concerns_one_client(fields: list[Any], kept: list[Any] | None, cut: bool) -> None:
    found = rules.about(fields, MINE)
    assert found == (None if kept is None else (kept, cut))


def test_nothing_of_another_client_is_left() -> None:
    found = rules.about(["d", [OWN_ROW, OTHER_ROW, OTHER_ROW], [1, 2, 3]], MINE)
    assert found is not None
    assert OTHER not in rules.canonical(found[0]).decode()


def test_the_digest_of_a_screen_changes_with_anything_in_it() -> None:
    one = NewShown("cli_1", ME, "order", "k", "ses_1", "127.0.0.1", "zh_CN", {"price": "1.00"})
    other = NewShown("cli_1", ME, "order", "k", "ses_1", "127.0.0.1", "zh_CN", {"price": "1.01"})
    assert rules.shown_digest(one, 5) == rules.shown_digest(one, 5)
    assert rules.shown_digest(one, 5) != rules.shown_digest(other, 5)
    assert rules.shown_digest(one, 5) != rules.shown_digest(one, 6)


def test_the_same_files_give_the_same_archive() -> None:
    files = {"b.json": b"{}", "a/c.txt": b"x" * 1000}
    assert packed(files) == packed(dict(reversed(files.items())))
    assert unpacked(packed(files)) == files


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"nonsense" * 50,
        packed({"a": b"x" * 5000})[:-30],
        packed({"../a": b""}),
        packed({"/etc/passwd": b""}),
    ],
)
def test_what_is_no_archive_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        unpacked(data)
    assert refused.value.code == "evidence.archive"
