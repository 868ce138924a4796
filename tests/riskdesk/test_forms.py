"""Forms of a page: a refusal stands beside the form it is of, and nowhere else."""

from __future__ import annotations

from yunquan.riskdesk.pages.forms import Form, Forms, key_of

REFUSED = Forms("k", "", "undo", "Too short", {"measure": "m2", "basis": "x"})


def test_a_refusal_is_of_one_form() -> None:
    assert REFUSED.of("undo") == Form("Too short", REFUSED.given)
    assert REFUSED.of("close") == Form()
    # Of several forms of one name, the one that was sent.
    assert [bool(REFUSED.of("undo", measure=one).why) for one in ("m1", "m2")] == [False, True]


def test_what_was_typed_is_kept_in_it_alone() -> None:
    assert REFUSED.of("undo").get("basis") == "x"
    assert REFUSED.of("close").get("basis") == ""
    assert REFUSED.of("close").get("basis", "600519.SH") == "600519.SH"


def test_a_form_without_a_key_is_a_request_of_its_own() -> None:
    assert key_of({"key": "a" * 99}) == "a" * 60
    assert key_of({}) != key_of({})
