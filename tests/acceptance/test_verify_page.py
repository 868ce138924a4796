"""The public page: a paper of ours, one that was changed, one that isn't ours, and nonsense."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.testing import TestClient

from tests.acceptance.conftest import Client, token_of
from tests.acceptance.hall import Hall


@pytest.fixture
def stranger(hall: Hall) -> Client:
    browser = TestClient(hall.app, base_url="http://hall.local")
    browser.cookies.set("yq_lang", "en")
    return browser


@pytest.fixture(scope="module")
def paper(hall: Hall) -> tuple[bytes, str]:
    """A signed paper and the code printed on it."""
    parts = hall.scene.parts
    with hall.database.read() as tx:
        made = parts.signing.sets_in(tx, hall.apps["seconded"], 1)[0].documents[0]
        return parts.archive.read(tx, made.document), made.verify_code


def verify(browser: Client, paper: bytes = b"", **form: str) -> Any:
    csrf = token_of(browser.get("/verify").text)
    files = {"paper": ("paper.pdf", paper, "application/pdf")} if paper else {"none": b""}
    return browser.post("/verify", data={"csrf": csrf, **form}, files=files)


def test_a_paper_of_ours(hall: Hall, stranger: Client, paper: tuple[bytes, str]) -> None:
    for answer in (verify(stranger, paper[0]), verify(stranger, code=paper[1])):
        assert answer.status_code == 200
        assert "Genuine and unchanged" in answer.text
        name = hall.scene.person(9).name
        assert name not in answer.text
        assert f"{name[0]}*" in answer.text
        assert "Carries a trusted time-stamp" in answer.text
    stranger.cookies.set("yq_lang", "zh_CN")
    assert "文件真实，未被改动" in verify(stranger, paper[0]).text


def test_what_was_changed_is_said(stranger: Client, paper: tuple[bytes, str]) -> None:
    body = bytearray(paper[0])
    body[len(body) // 3] ^= 1
    answer = verify(stranger, bytes(body))
    assert 'class="verdict bad"' in answer.text
    assert "Genuine" not in answer.text
    assert "signing." not in answer.text.split("<main")[1]
    longer = verify(stranger, paper[0] + b"\n% more")
    assert 'class="verdict bad"' in longer.text


@pytest.mark.parametrize("body", [b"nonsense", b"%PDF-1.7 and nothing", b"\x00" * 5000])
def test_what_is_no_paper(stranger: Client, body: bytes) -> None:
    answer = verify(stranger, body)
    assert answer.status_code in (200, 400)
    assert "Genuine" not in answer.text


@pytest.mark.parametrize(("code", "status"), [("", 400), ("x", 400), ("ABCD-" * 4, 404)])
def test_codes_that_are_none(stranger: Client, code: str, status: int) -> None:
    answer = verify(stranger, code=code)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text


def test_a_body_too_large(stranger: Client) -> None:
    assert verify(stranger, b"%PDF" + b"0" * (21 << 20)).status_code == 413


def test_another_site_sends_nothing(stranger: Client) -> None:
    assert stranger.post("/verify", data={"code": "x"}).status_code == 403


def test_the_logins_lead_there(stranger: Client) -> None:
    for door in ("/login", "/staff/login"):
        assert 'href="/verify"' in stranger.get(door).text
