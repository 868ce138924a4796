"""Schemathesis over the API's own description: whatever it sends, never a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient
from schemathesis import checks
from schemathesis.core import NotSet

from tests.fixtures_database import migrate
from tests.partners.brokerage import Brokerage, Visitor, make_brokerage
from yunquan.app.schema import openapi_text
from yunquan.cockpit.api import router as cockpit_api
from yunquan.cockpit.service.cockpit import Cockpit
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database
from yunquan.riskdesk.api import routers as riskdesk_api

schema = schemathesis.openapi.from_dict(json.loads(openapi_text()))
OPERATIONS = [result.ok() for result in schema.get_all_operations()]
# Logging in as somebody else would take the visitor's own session away, and so does a made-up old
# password: after a few of them the name is locked.
KEPT_OUT = {"log_out", "change_password"}


CHECKS = [
    checks.not_a_server_error,
    checks.CHECKS.get_one("status_code_conformance"),
    checks.CHECKS.get_one("content_type_conformance"),
    checks.CHECKS.get_one("response_schema_conformance"),
]


def plain(values: Any) -> dict[str, str]:
    """What can be sent as a header or a query; the rest of what was made up can't."""
    return {
        str(name): str(value)
        for name, value in (values or {}).items()
        if str(value).isascii() and str(value).isprintable()
    }


def body_of(case: Any) -> dict[str, Any]:
    """The made-up body as the client sends it."""
    if isinstance(case.body, NotSet):
        return {}
    if isinstance(case.body, bytes):
        return {"content": case.body}
    return {"json": case.body}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Brokerage, Any]]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    url = f"sqlite:///{folder / 'rooms.db'}"
    migrate(url)
    clock = ManualClock()
    database = Database(url, clock, IdSource(clock, 7))
    made = make_brokerage(database, folder)
    app = made.app([cockpit_api, *riskdesk_api], cockpit=Cockpit(made.desk))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield made, client
    made.passwords.close()
    database.dispose()


@pytest.mark.parametrize(
    "operation",
    [one for one in OPERATIONS if one.definition.raw["operationId"] not in KEPT_OUT],
    ids=lambda operation: operation.label,
)
def test_no_request_breaks_the_server(
    whole: tuple[Brokerage, TestClient[Litestar]], operation: Any
) -> None:
    brokerage, client = whole
    # A code opens one session each, so that staff need the next one.
    brokerage.desk.clock.advance(31)  # type: ignore[attr-defined]
    name = "ops" if "/staff/" in operation.path else "linxz"
    visitor = Visitor(brokerage, client, name)

    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        mode = data.draw(
            st.sampled_from(
                (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
            )
        )
        case = data.draw(operation.as_strategy(generation_mode=mode))
        answer = client.request(
            case.method,
            case.formatted_path,
            params=plain(case.query),
            headers=plain(case.headers) | visitor.headers,
            **body_of(case),
        )
        assert answer.status_code < 500, (answer.status_code, answer.text, case.formatted_path)
        case.validate_response(answer, checks=CHECKS)

    send()
