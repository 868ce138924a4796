"""Odd answers of the depository on the desk: seen, asked about again, settled by two people."""

from __future__ import annotations

import re

import pytest

from tests.acceptance.conftest import LogIn, post
from tests.acceptance.hall import Hall
from yunquan.depository.types import FoundAccounts, Person, RequestState
from yunquan.onboarding.types import State

PAGE = "/staff/depository"
FILLED = {"evidence": "Letter 118", "reason": "The letter says both", "key": "k1"}


class Told:
    """The depository's line, which says what it was found to have: the world's own may be asked
    by its own thread only.
    """

    def __init__(self, found: FoundAccounts) -> None:
        self.found = found

    def find(self, serial: str, person: Person) -> FoundAccounts:
        return self.found


def test_an_odd_answer_is_seen_and_settled_by_two(
    hall: Hall, staff: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops, second, app = staff("ops"), staff("second"), hall.apps["odd"]
    depository = hall.scene.parts.depository
    with hall.database.read() as tx:
        (odd,) = depository.odd_requests(tx)
    assert PAGE in ops.get("/staff/openings").text
    assert PAGE in ops.get(f"/staff/openings/{app}").text
    page = ops.get(PAGE).text
    assert odd.serial in page
    assert odd.odd is not None
    assert odd.odd.accounts[0].number in page, "as it came"
    assert "/settle" not in staff("audit").get(PAGE).text
    path = f"{PAGE}/{odd.serial}"
    for act in ("look", "settle"):
        assert post(staff("audit"), f"{path}/{act}").status_code == 403
        assert post(ops, f"{PAGE}/no-such/{act}", outcome="done", **FILLED).status_code == 404

    there = depository.look_up("staff:somebody", odd.serial)
    with monkeypatch.context() as patched:
        patched.setattr(depository, "_line", Told(there))
        asked = post(ops, f"{path}/look")
    assert asked.status_code == 200
    numbers = re.findall(r'name="(ymt|number-S[HZ])"[^>]* value="([^"]+)"', asked.text)
    assert [name for name, _ in numbers] == ["ymt", "number-SH", "number-SZ"]

    half = post(ops, f"{path}/settle", outcome="done", ymt="18", **FILLED)
    assert half.status_code == 400
    assert 'value="18"' in half.text, "what was typed stays"
    assert post(ops, f"{path}/settle", outcome="nonsense", **FILLED).status_code == 400
    told = post(ops, f"{path}/settle", outcome="done", **dict(numbers), **FILLED)
    assert told.status_code == 303, told.text
    assert "another person must agree" in ops.get(PAGE).text
    (line,) = hall.settling_board(hall.actor("second"))
    assert line.may_agree
    assert odd.serial in line.what
    queue = f"/staff/approvals/{line.id}/agree"
    assert post(ops, queue).status_code == 409, "not one's own"
    assert post(second, queue).status_code == 303
    with hall.database.read() as tx:
        assert depository.load(tx, odd.serial).state is RequestState.DONE
    assert "No answer waits" in ops.get(PAGE).text
    hall.scene.open(app)
    assert hall.scene.load(app).state is State.OPENED
