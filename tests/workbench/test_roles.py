"""Every route of staff with every role and with nobody: what the matrix says is what happens."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.investor.stall import Stall, make_stall
from tests.partners.brokerage import PASSWORD
from tools.catalogues import all_texts
from yunquan.acceptance.pages import router as acceptance_pages
from yunquan.kernel.clock import to_ms
from yunquan.riskdesk.api import routers as riskdesk_api
from yunquan.security.types import Role
from yunquan.workbench.pages.places import PLACES, places_for, rights_of, staff_act

COCKPIT = {"right.api.cockpit_board", "right.pages.cockpit_page"} | {
    f"right.{handler.fn.__module__.rpartition('.')[2]}.{handler.handler_name}"
    for router in riskdesk_api
    for route in router.routes
    for handler in getattr(route, "route_handlers", ())
}
ACCEPTANCE = {
    f"right.{handler.fn.__module__.rpartition('.')[2]}.{handler.handler_name}"
    for route in acceptance_pages.routes
    for handler in getattr(route, "route_handlers", ())
}


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Stall:
    return make_stall(tmp_path_factory.mktemp("stall"))


def enter(stall: Stall, name: str) -> tuple[TestClient[Litestar], str]:
    """A browser of this member of staff, and what its forms carry."""
    made = TestClient(stall.app, base_url="http://stall.local")
    found = re.search(r'name="csrf" value="([^"]+)"', made.get("/staff/login").text)
    assert found
    seconds = to_ms(stall.brokerage.desk.clock.now()) // 1000
    code = pyotp.TOTP(stall.brokerage.totp[name]).at(seconds)
    form = {"login_name": name, "password": PASSWORD, "totp_code": code, "csrf": found[1]}
    assert made.post("/staff/login", data=form, follow_redirects=False).status_code == 303
    token = re.search(r'name="csrf" value="([^"]+)"', made.get("/staff/roles").text)
    assert token
    return made, token[1]


def address(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "none", path)


@pytest.mark.parametrize("role", list(Role))
def test_matrix_is_what_the_gate_does(stall: Stall, role: Role) -> None:
    name = f"only-{role.value}"
    stall.brokerage.add_staff(name, role)
    browser, csrf = enter(stall, name)
    acts = stall.app.state.staff_acts
    assert any(act.path == "/staff/roles" for act in acts)
    for act in acts:
        answer = browser.request(
            act.method, address(act.path), headers={"X-CSRF-Token": csrf}, follow_redirects=False
        )
        refused = answer.status_code == 403
        assert refused == (role.value not in act.roles), (act, answer.text[:200])


def test_nobody_gets_in_without_a_session(stall: Stall) -> None:
    with TestClient(stall.app, base_url="http://stall.local") as visitor:
        for act in stall.app.state.staff_acts:
            answer = visitor.request(act.method, address(act.path), follow_redirects=False)
            assert answer.status_code in (303, 401, 403), act


def test_only_places_that_exist_and_are_open_are_shown() -> None:
    acts = [
        staff_act("GET", "/staff", None),
        staff_act("GET", "/staff/evidence", ("audit",)),
        staff_act("POST", "/staff/switches", None),
    ]
    assert [place.name for place in places_for(acts, {"service"})] == ["clients"]
    assert [place.name for place in places_for(acts, {"audit"})] == ["clients", "evidence"]


def test_keys_and_addresses_are_used_once() -> None:
    assert len({place.key for place in PLACES}) == len({place.url for place in PLACES})
    assert len(PLACES) == len({place.key for place in PLACES})


def staff_handlers(app: Litestar) -> list[Any]:
    """Every route for staff alone, with its address."""
    return [
        (route.path_format, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if handler.opt.get("who") == "staff"
    ]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_every_right_is_a_sentence(stall: Stall, locale: str) -> None:
    known = all_texts(locale)
    acts = stall.app.state.staff_acts
    assert [act.right for act in acts if not known.get(act.right, "").strip()] == []
    html_of = {name for name in known if name.startswith("right.")}
    # The cockpit's routes are not served here, nor are those of account opening.
    unused = html_of - {act.right for act in acts} - COCKPIT - ACCEPTANCE
    assert unused == set(), "these rights have no route any more"


def test_rights_are_shown_once_and_cover_every_route(stall: Stall) -> None:
    texts = all_texts("en")
    acts = stall.app.state.staff_acts
    rights = rights_of(acts, texts.__getitem__)
    routes = [route for right in rights for route in right.routes]
    assert sorted(routes) == sorted(f"{act.method} {act.path}" for act in acts)
    assert len({(right.text, right.roles) for right in rights}) == len(rights)


def test_every_page_about_somebody_leaves_a_look(stall: Stall) -> None:
    about = ("{client}", "{account}", "{order}", "{complaint}", "{pack}", "{condition}")
    silent = [
        path
        for path, handler in staff_handlers(stall.app)
        if handler.http_methods & {"GET"}
        and any(name in path for name in about)
        and not handler.opt.get("look")
    ]
    assert silent == []
