"""Somebody who fills the forms in as they come, without a browser."""

from __future__ import annotations

import hashlib
import html
import json
import re
import time
from collections.abc import Callable
from typing import Any, Final

from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from tests.opening.counter import JPEG, MOBILE, Opening
from tests.partners.brokerage import BANK_PASSWORD
from tests.suitability.answering import CALM
from tests.witness.conftest import webm
from yunquan.onboarding.rules.steps import ORDER
from yunquan.onboarding.types import Step
from yunquan.verification import store as codes
from yunquan.witness.store import recordings

JSON: Final = {"accept": "application/json"}
MINUTE_MS: Final = 60_000
DETAILS: Final = {
    "occupation": "employee",
    "income": "200k_500k",
    "source_of_funds": "salary",
    "address": "北京市东城区景山前街4号",
    "declared": "differs",
    "tax": "cn",
    "controller": "self",
    "beneficiary": "self",
    "bad": "no",
}
CONSENTS: Final = {"privacy": "yes", "id_images": "yes", "face": "yes"}


class Applicant:
    """An applicant's browser: what they see last is `page`."""

    def __init__(
        self,
        opening: Opening,
        client: TestClient[Litestar],
        locale: str = "en",
        mobile: str = MOBILE,
    ) -> None:
        self.opening = opening
        self.client = client
        self.mobile = mobile
        client.cookies.set("yq_lang", locale)
        self.page = ""
        self.status = 0
        self.path = ""

    def see(self, answer: Response) -> Response:
        self.page, self.status = html.unescape(answer.text), answer.status_code
        self.path = answer.url.path
        return answer

    def get(self, path: str = "/open") -> Response:
        return self.see(self.client.get(path))

    def hidden(self, *names: str) -> dict[str, str]:
        """Hidden fields of the page."""
        found = {one: re.search(rf'name="{one}" value="([^"]*)"', self.page) for one in names}
        return {name: one[1] for name, one in found.items() if one}

    def post(self, path: str, form: Any = None, **how: Any) -> Response:
        body = self.hidden("csrf") | dict(form or {})
        return self.see(self.client.post(path, data=body, **how))

    def ask(self, path: str, form: Any = None, **how: Any) -> Response:
        """As an island does."""
        headers = JSON | {"x-csrf-token": self.hidden("csrf").get("csrf", "")}
        return self.client.post(path, data=form, headers=headers, **how)

    @property
    def refusal(self) -> str:
        found = re.findall(r'class="refusal[^>]*>([^<]+)<', self.page)
        return found[0] if found else ""

    # --- steps

    def enter(self) -> None:
        self.get()
        self.post("/open/code", {"mobile": self.mobile})
        self.post("/open/enter", {"mobile": self.mobile, "code": self.opening.code()})

    def consent(self, **given: str) -> None:
        self.post("/open/consents", self.hidden("shown") | (given or CONSENTS))

    def photograph(self, *sides: str) -> None:
        for side in sides or ("front", "back"):
            self.post(f"/open/card/{side}", files={"image": ("a.jpg", JPEG, "image/jpeg")})

    def read_fields(self) -> dict[str, str]:
        found = re.findall(r'id="card-(\w+)" name="\w+" value="([^"]*)"', self.page)
        return dict(found) | {"sex": "M"}

    def confirm(self, **changed: str) -> None:
        self.post("/open/card", self.read_fields() | changed)

    def clip(self, nonce: str, **changed: str) -> tuple[dict[str, str], dict[str, Any]]:
        frames = [JPEG] * 20
        form = {
            "nonce": nonce,
            "sizes": json.dumps([len(one) for one in frames]),
            "times": json.dumps([100 * n for n in range(20)]),
            "shown": "[120, null]",
            "camera": "Front Camera",
            "width": "480",
            "height": "640",
            "mobile": "1",
        }
        joined = ("frames", b"".join(frames), "application/octet-stream")
        return form | changed, {"frames": joined}

    def show_face(self) -> Response:
        nonce = self.ask("/open/face/challenge").json()["nonce"]
        form, files = self.clip(nonce)
        answer = self.ask("/open/face", form, files=files)
        self.get()
        return answer

    def tell(self, **changed: str) -> None:
        self.post("/open/details", DETAILS | changed)

    def answer(self, answers: Any = CALM, **more: Any) -> None:
        ticks = {question: list(ticked) for question, ticked in answers.items()}
        self.post("/open/questions", self.hidden("shown", "key") | ticks | more)

    def record(self) -> Response:
        """A film of the script, as if it had been begun a minute ago."""
        script = self.ask_json("/open/witness/script", {}).json()
        database = self.opening.stall.brokerage.desk.database
        with database.transaction("test") as tx:
            before = recordings.scripts.c.drawn_at_ms - MINUTE_MS
            tx.execute(recordings.scripts.update().values(drawn_at_ms=before))
        begun = {name: script[name] for name in ("script", "nonce")} | {"media_type": "video/webm"}
        recording = self.ask_json("/open/witness/begin", begun).json()["recording"]
        film, size = webm(25_000, self.opening.place), script["chunk_bytes"]
        digests = list[str]()
        for at in range(0, len(film), size):
            part = film[at : at + size]
            digests.append(hashlib.sha256(part).hexdigest())
            place = f"/open/witness/recordings/{recording}/chunks/{len(digests) - 1}"
            told = {"content-type": "application/octet-stream", "x-chunk-sha256": digests[-1]}
            self.client.post(place, content=part, headers=JSON | told)
        whole = hashlib.sha256("".join(digests).encode()).hexdigest()
        finish = f"/open/witness/recordings/{recording}/finish"
        answer = self.ask_json(finish, {"count": len(digests), "sha256": whole})
        self.get()
        return answer

    def ask_json(self, path: str, body: Any) -> Response:
        return self.client.post(path, json=body, headers=JSON)

    def bind(self, **changed: str) -> None:
        form = {"bank": "simbank", "number": "6222 0000 1111 2222", "password": BANK_PASSWORD}
        self.post("/open/bank", form | changed)

    def choose_passwords(self, password: str = "correct-Horse-77", cash: str = "482915") -> None:
        self.post("/open/passwords", {"password": password, "cash": cash})

    def seen(self, **changed: Any) -> str:
        """Everything read and ticked."""
        found = re.findall(
            r'data-paper="(\w+)" data-version="(\d+)" data-digest="(\w+)" data-least="(\d+)"',
            self.page,
        )
        ticks = ["read", "own_risk"]
        now_ms = int(time.time() * 1000) - MINUTE_MS
        return json.dumps(
            [
                {
                    "code": code,
                    "version": int(version),
                    "digest": digest,
                    "shown_at_ms": now_ms,
                    "read_s": int(least),
                    "scrolled_to_end": True,
                    "ticked": ticks,
                }
                | changed
                for code, version, digest, least in found
            ]
        )

    def code_for_signing(self) -> Response:
        """The first code was sent long enough ago."""
        self.age_codes()
        return self.ask("/open/agreements/code")

    def age_codes(self) -> None:
        """Every code was sent two minutes earlier."""
        database = self.opening.stall.brokerage.desk.database
        with database.transaction("test") as tx:
            before = codes.codes.c.sent_at_ms - 2 * MINUTE_MS
            tx.execute(codes.codes.update().values(sent_at_ms=before))

    def sign(self, **changed: str) -> Response:
        form = self.hidden("key", "warned") | {"seen": self.seen(), "code": self.opening.code()}
        return self.ask("/open/agreements", form | changed)

    # --- from the beginning

    def acts_from(self, step: Step) -> list[Callable[[], object]]:
        """What is done from a step on, to the end."""
        return [act for known, act in self._acts() if ORDER.index(known) >= ORDER.index(step)]

    def _acts(self) -> tuple[tuple[Step, Callable[[], object]], ...]:
        return (
            (Step.CONSENTS, self.consent),
            (Step.CARD, lambda: (self.photograph(), self.confirm())),
            (Step.FACE, self.show_face),
            (Step.DETAILS, self.tell),
            (Step.QUESTIONS, self.answer),
            (Step.WITNESS, self.record),
            (Step.BANK, self.bind),
            (Step.PASSWORDS, self.choose_passwords),
            (Step.AGREEMENTS, lambda: (self.code_for_signing(), self.sign())),
        )

    def go_to(self, step: Step | None) -> None:
        """Everything before a step; None: everything."""
        self.enter()
        for known, act in self._acts():
            if known is step:
                return
            act()
        self.get()
