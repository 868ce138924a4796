"""The applicant's pages over real rooms: order of steps, refusals in their place, strangers."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.testing import TestClient

from tests.opening.applicant import CONSENTS, Applicant
from tests.opening.counter import JPEG, MOBILE, NUMBER, Opening
from tests.suitability.answering import CALM
from yunquan.kernel.errors import Unavailable
from yunquan.onboarding.types import Step, Verdict
from yunquan.suitability.store import assessments

OTHER = "13900000025"


def test_from_a_number_to_handed_in(first: Applicant) -> None:
    applicant = first
    applicant.go_to(None)
    assert applicant.path == "/open/status"
    assert "Handed in, being reviewed" in applicant.page
    # Whoever comes back finds it, on another device too.
    with TestClient(applicant.opening.app, base_url="http://stall.local") as other:
        again = Applicant(applicant.opening, other, mobile=applicant.mobile)
        applicant.code_for_signing()
        again.enter()
        assert again.path == "/open/status"


def test_every_step_is_where_it_was_left(applicant: Applicant) -> None:
    applicant.go_to(Step.DETAILS)
    applicant.get()
    assert applicant.path == "/open/details"
    assert "Step 4 of 9" in applicant.page
    assert "about 3 min left" in applicant.page
    # Back to what is done, with a word of what that means; not ahead.
    applicant.get("/open/consents")
    assert "You have done this step" in applicant.page
    applicant.get("/open/agreements")
    assert applicant.path == "/open/details"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/open/card", {"id_number": NUMBER}),
        ("/open/face/person", {}),
        ("/open/details", {"occupation": "employee"}),
        ("/open/questions", {}),
        ("/open/witness", {}),
        ("/open/bank", {"bank": "simbank", "number": "6222000011112222", "password": "1"}),
        ("/open/passwords", {"password": "correct-Horse-77", "cash": "482915"}),
        ("/open/agreements", {"code": "123456", "seen": "[]"}),
    ],
)
def test_no_step_is_done_before_its_turn(
    applicant: Applicant, path: str, form: dict[str, str]
) -> None:
    applicant.go_to(Step.CONSENTS)
    applicant.post(path, form)
    assert applicant.status in (400, 409)
    assert "/open" in applicant.page
    applicant.get()
    assert applicant.path == "/open/consents"


def test_nothing_is_ticked_beforehand_and_what_is_needed_is_said(applicant: Applicant) -> None:
    applicant.go_to(Step.CONSENTS)
    assert applicant.page.count('type="checkbox"') == 5
    assert " checked" not in applicant.page
    applicant.consent(privacy="yes", voice="yes")
    assert applicant.status == 400
    assert 'name="id_images" value="yes" aria-describedby="line-id_images" aria-invalid' in (
        applicant.page
    )
    assert applicant.page.count(" checked") == 2
    applicant.consent(**CONSENTS, shown="0" * 64)
    assert applicant.status == 409


def test_a_number_that_is_none_and_a_wrong_code(applicant: Applicant) -> None:
    applicant.get()
    applicant.post("/open/code", {"mobile": "12"})
    assert (applicant.status, 'value="12"' in applicant.page) == (400, True)
    assert applicant.refusal
    applicant.post("/open/code", {"mobile": applicant.mobile})
    wrong = "000000" if applicant.opening.code() != "000000" else "111111"
    applicant.post("/open/enter", {"mobile": applicant.mobile, "code": wrong})
    assert applicant.status == 403
    assert applicant.refusal
    # Another too soon: the one before is still good, and its field still there.
    applicant.post("/open/code", {"mobile": applicant.mobile})
    assert applicant.status == 409
    assert 'data-wait="' in applicant.page
    applicant.post("/open/enter", {"mobile": applicant.mobile, "code": applicant.opening.code()})
    assert applicant.path == "/open/consents"


def test_what_the_machine_isnt_sure_of_is_asked(applicant: Applicant) -> None:
    applicant.opening.vision.unsure = {"name", "issuer"}
    applicant.go_to(Step.CARD)
    applicant.photograph()
    assert applicant.page.count('class="open-ask"') == 2
    assert applicant.page.count('class="open-sure"') == 7
    applicant.confirm(address="x")
    assert applicant.status == 400
    assert applicant.page.count('class="open-ask"') == 3
    assert 'id="card-address" name="address" value="x" aria-invalid="true"' in applicant.page
    applicant.confirm(address="北京市东城区景山前街4号")
    assert applicant.path == "/open/face"


def test_a_picture_without_a_card_says_what_to_do(applicant: Applicant) -> None:
    applicant.opening.vision.found = False
    applicant.go_to(Step.CARD)
    applicant.photograph("front")
    assert applicant.status == 422
    assert applicant.refusal
    answer = applicant.ask("/open/card/front", files={"image": ("a.jpg", JPEG, "image/jpeg")})
    assert answer.status_code == 422
    assert answer.json()["text"]
    applicant.opening.vision.failures = [Unavailable("vision.busy")]
    answer = applicant.ask("/open/card/front", files={"image": ("a.jpg", JPEG, "image/jpeg")})
    assert (answer.status_code, answer.json()["code"]) == (503, "vision.busy")


def test_what_is_too_large_is_turned_away(applicant: Applicant) -> None:
    applicant.go_to(Step.CARD)
    large = JPEG[:4] + b"0" * (6 << 20)
    answer = applicant.ask("/open/card/front", files={"image": ("a.jpg", large, "image/jpeg")})
    assert answer.status_code == 413
    assert answer.json()["code"] == "request.too_large"
    # The other pages keep the shell's bound.
    answer = applicant.ask("/open/card", {"name": "x" * 70_000})
    assert answer.status_code == 413
    fits = JPEG[:4] + b"0" * (5 << 20)
    answer = applicant.ask("/open/card/front", files={"image": ("a.jpg", fits, "image/jpeg")})
    assert answer.json() == {"next": "/open/card"}


def test_the_police_say_no_and_nothing_typed_is_lost(applicant: Applicant) -> None:
    applicant.go_to(Step.CARD)
    applicant.photograph()
    applicant.confirm(name="沈知远")
    assert applicant.status == 400
    assert 'value="沈知远"' in applicant.page
    applicant.opening.police.failures = [Unavailable("office.not_sent")] * 3
    applicant.confirm(name="沈知遥")
    assert applicant.status == 503
    assert f'value="{applicant.opening.vision.number}"' in applicant.page
    applicant.opening.police.failures = []
    applicant.confirm(name="沈知遥")
    assert applicant.path == "/open/face"


def test_a_face_that_wont_be_shown_is_seen_by_a_person(applicant: Applicant) -> None:
    applicant.go_to(Step.FACE)
    applicant.post("/open/face/person")
    assert applicant.path == "/open/details"
    applicant.tell()
    applicant.answer()
    assert applicant.path == "/open/witness"
    assert "<two-way-call" in applicant.page
    assert applicant.ask("/open/face/challenge").status_code == 409


def test_no_leave_for_the_face_asks_for_none(applicant: Applicant) -> None:
    applicant.enter()
    applicant.consent(privacy="yes", id_images="yes")
    applicant.photograph()
    applicant.confirm()
    assert "<face-challenge" not in applicant.page
    applicant.post("/open/face/person")
    assert applicant.path == "/open/details"


@pytest.mark.parametrize(
    "changed",
    [
        {"sizes": "[1, 2]"},
        {"sizes": "[]"},
        {"sizes": "{}"},
        {"sizes": '["a"]'},
        {"times": "[0]"},
        {"sizes": "[" + "0," * 19 + "9999]"},
        {"shown": "nonsense"},
    ],
)
def test_clips_that_are_none(applicant: Applicant, changed: dict[str, str]) -> None:
    applicant.go_to(Step.FACE)
    nonce = applicant.ask("/open/face/challenge").json()["nonce"]
    form, files = applicant.clip(nonce, **changed)
    answer = applicant.ask("/open/face", form, files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, "vision.clip_malformed")


def test_a_challenge_is_its_owners_and_used_once(applicant: Applicant) -> None:
    applicant.go_to(Step.FACE)
    form, files = applicant.clip("made-up")
    answer = applicant.ask("/open/face", form, files=files)
    assert answer.json()["code"] == "verification.challenge_unknown"
    assert applicant.show_face().json() == {"next": "/open"}


def test_details_left_out_are_marked_and_the_rest_stays(applicant: Applicant) -> None:
    applicant.go_to(Step.DETAILS)
    # Nothing that the law has them declare is ticked for them.
    assert " checked" not in applicant.page
    for missing, at in (({"declared": ""}, "Declaration"), ({"bad": ""}, "bad credit")):
        applicant.tell(**missing)
        assert applicant.status == 400
        assert at in applicant.refusal
    applicant.tell(declared="", occupation="")
    assert "Occupation" in applicant.refusal
    applicant.tell(controller="")
    assert applicant.status == 400
    applicant.tell(tax="both", income="", email="me@example.org")
    assert applicant.status == 400
    assert 'class="open-choice wanting"' in applicant.page
    assert 'name="tax" value="both" checked' in applicant.page
    assert 'value="me@example.org"' in applicant.page
    applicant.tell(controller="other", controller_name="沈远")
    assert applicant.path == "/open/questions"
    applicant.get("/open/details")
    assert 'value="沈远"' in applicant.page
    assert 'name="declared" value="differs" checked' in applicant.page
    applicant.tell(declared="all")
    applicant.get("/open/details")
    assert 'name="declared" value="all" checked' in applicant.page
    assert 'name="controller" value="self" checked' in applicant.page


def kept_of(applicant: Applicant) -> dict[str, tuple[str, bool]]:
    """Of the newest assessment: question to whence its answer was known, and whether touched."""
    suitability = applicant.opening.onboarding.parts.suitability
    with suitability.database.transaction("staff:stf_1") as tx:
        latest = tx.execute(assessments.select().order_by(assessments.c.at_ms.desc())).first()
        assert latest
        kept = suitability.evidence(tx, latest.id, "complaint").prefilled
    return {one.question: (one.source, one.touched) for one in kept}


def test_what_is_known_stands_in_the_questionnaire_and_says_whence(applicant: Applicant) -> None:
    applicant.go_to(Step.QUESTIONS)
    assert applicant.page.count(" checked") == 3
    assert 'name="age" value="31_50" checked' in applicant.page
    assert 'name="income" value="200k_500k" checked' in applicant.page
    assert applicant.page.count("From your card") == 1
    assert applicant.page.count("From what you said") == 2
    stood = ["age", "income_source", "income"]
    # Something is missing: what was let stand is still marked, what was ticked isn't.
    ticked = '{"changes": [["income", "200k_500k", true, 900]]}'
    applicant.answer(CALM | {"loss": ()}, prefilled=stood, trace=ticked)
    assert applicant.page.count('name="prefilled"') == 2
    assert 'name="prefilled" value="income"' not in applicant.page
    applicant.answer(CALM | {"age": ("31_50",)}, prefilled=["age", "income_source"])
    assert applicant.path == "/open/witness"
    assert kept_of(applicant) == {"age": ("card", False), "income_source": ("details", False)}


def test_nothing_stands_that_isnt_known_exactly(applicant: Applicant) -> None:
    applicant.go_to(Step.DETAILS)
    applicant.tell(occupation="farmer", source_of_funds="business")
    assert 'name="prefilled" value="income"' in applicant.page
    assert 'name="prefilled" value="income_source"' not in applicant.page
    # Whoever says that more stood there than did is not believed.
    applicant.answer(CALM, prefilled=["capacity", "income_source", "income"])
    assert kept_of(applicant) == {"income": ("details", False)}


def test_answers_that_contradict_are_asked_again(applicant: Applicant) -> None:
    applicant.go_to(Step.QUESTIONS)
    applicant.answer(CALM | {"loss": ()})
    assert applicant.status == 400
    assert applicant.page.count(" checked") == sum(map(len, CALM.values())) - 1
    rich = CALM | {"income_source": ("unsteady",), "income": ("over_1m",)}
    applicant.answer(rich)
    assert 'name="stands" value="source_income"' in applicant.page
    applicant.answer(rich, stands="source_income")
    assert applicant.path == "/open/witness"


def test_a_wrong_bank_password_keeps_the_number(applicant: Applicant) -> None:
    applicant.go_to(Step.BANK)
    applicant.bind(password="999111")
    assert applicant.status == 403
    assert 'value="6222 0000 1111 2222"' in applicant.page
    assert "999111" not in applicant.page
    applicant.bind(number="12ab")
    assert applicant.status == 400
    applicant.opening.stall.brokerage.bank.silent = True
    applicant.bind()
    assert applicant.status == 503
    applicant.opening.stall.brokerage.bank.silent = False
    applicant.bind()
    assert applicant.path == "/open/passwords"


@pytest.mark.parametrize(
    ("password", "cash", "at"),
    [("short", "482915", "password"), ("correct-Horse-77", "111111", "cash")],
)
def test_passwords_that_wont_do(applicant: Applicant, password: str, cash: str, at: str) -> None:
    applicant.go_to(Step.PASSWORDS)
    applicant.choose_passwords(password, cash)
    assert applicant.status == 400
    assert password not in applicant.page
    field = applicant.page.split(f'id="{at}"')[1].split(">")[0]
    assert 'aria-invalid="true"' in field


def test_signing_wants_everything_read(first: Applicant) -> None:
    applicant = first
    applicant.go_to(Step.AGREEMENTS)
    assert "English is a reading copy" in applicant.page
    applicant.code_for_signing()
    unread = applicant.sign(seen=applicant.seen(scrolled_to_end=False))
    assert (unread.status_code, unread.json()["code"]) == (400, "signing.not_read")
    assert applicant.sign(seen="nonsense").status_code == 400
    paper = applicant.client.get("/open/agreements/risk/paper")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    # The code was used by the first: another confirms.
    applicant.code_for_signing()
    assert applicant.sign().json() == {"next": "/open/status"}


def test_a_stranger_sees_nothing(applicant: Applicant) -> None:
    applicant.go_to(Step.FACE)
    for token in ("", "guessed", "x" * 4000):
        with TestClient(applicant.opening.app, base_url="http://stall.local") as other:
            if token:
                other.cookies.set("yq_apply", token)
            stranger = Applicant(applicant.opening, other)
            stranger.get("/open/face")
            assert stranger.path == "/open"
            stranger.post("/open/face/person")
            assert stranger.path == "/open"
            refused = stranger.ask("/open/face/challenge")
            assert (refused.status_code, refused.json()["code"]) == (401, "onboarding.door_closed")
            assert (
                other.get("/open/agreements/risk/paper", follow_redirects=False).status_code == 303
            )
            assert stranger.ask_json("/open/witness/script", {}).status_code == 401


def test_two_applicants_dont_meet(applicant: Applicant) -> None:
    applicant.go_to(Step.WITNESS)
    script = applicant.ask_json("/open/witness/script", {}).json()
    begun = {"script": script["script"], "nonce": script["nonce"], "media_type": "video/webm"}
    recording = applicant.ask_json("/open/witness/begin", begun).json()["recording"]
    with TestClient(applicant.opening.app, base_url="http://stall.local") as client:
        other = Applicant(applicant.opening, client, mobile=OTHER)
        other.enter()
        assert other.path == "/open/consents"
        assert other.ask_json("/open/witness/begin", begun).status_code == 404
        place = f"/open/witness/recordings/{recording}/finish"
        finished = other.ask_json(place, {"count": 1, "sha256": "0" * 64})
        assert finished.status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/open/witness/begin", {"script": 1}),
        ("/open/witness/begin", []),
        ("/open/witness/signals", {"kind": "offer"}),
        ("/open/witness/recordings/wrc_x/finish", {"count": "many", "sha256": ""}),
    ],
)
def test_bodies_that_cant_be_read(applicant: Applicant, path: str, body: Any) -> None:
    applicant.go_to(Step.CARD)
    answer = applicant.ask_json(path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")


def test_a_form_without_its_token_changes_nothing(applicant: Applicant) -> None:
    applicant.go_to(Step.CONSENTS)
    shown = applicant.hidden("shown")
    for csrf in ("", "forged"):
        answer = applicant.client.post("/open/consents", data=shown | CONSENTS | {"csrf": csrf})
        assert answer.status_code == 403
    applicant.get()
    assert applicant.path == "/open/consents"


def test_withdrawing_is_said_twice(applicant: Applicant) -> None:
    applicant.go_to(Step.FACE)
    applicant.post("/open/withdraw")
    assert applicant.path == "/open/face"
    applicant.post("/open/withdraw", {"sure": "yes"})
    assert applicant.status == 200
    applicant.get()
    assert applicant.path == "/open"
    assert "Start with your mobile" in applicant.page


def test_leaving_a_device_keeps_the_application(applicant: Applicant) -> None:
    applicant.go_to(Step.FACE)
    applicant.post("/open/leave")
    assert applicant.path == "/open"
    applicant.code_for_signing()
    applicant.enter()
    assert applicant.path == "/open/face"


def test_returned_says_why(first: Applicant) -> None:
    applicant = first
    applicant.go_to(None)
    onboarding = applicant.opening.onboarding
    queue = onboarding.reviewing.queue().items
    onboarding.reviewing.opine(
        "staff:stf_1", queue[0].id, Verdict.RETURN, ("details_incomplete",), ""
    )
    applicant.get()
    assert applicant.path == "/open/details"
    assert "Our reviewers ask you to do this again" in applicant.page


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_both_languages(opening: Opening, locale: str) -> None:
    with TestClient(opening.app, base_url="http://stall.local") as client:
        one = Applicant(opening, client, locale, f"13900001{opening.place:03}")
        one.go_to(Step.AGREEMENTS)
        assert "ui." not in one.page
        assert "onboarding." not in one.page
    with TestClient(opening.app, base_url="http://stall.local") as client:
        assert "Start with your mobile" in client.get("/open?lang=en").text
        assert 'href="/open"' in client.get("/login").text


def test_only_pages_that_film_may(applicant: Applicant) -> None:
    applicant.go_to(Step.CARD)
    filming = applicant.client.get("/open/card")
    assert "camera=(self)" in filming.headers["permissions-policy"]
    assert "microphone=(self)" in filming.headers["permissions-policy"]
    policy = filming.headers["content-security-policy"]
    assert "img-src 'self' data: blob:" in policy
    assert "media-src 'self' blob:" in policy
    assert "default-src 'none'" in policy
    for path in ("/open/consents", "/login", "/open/sample", "/nowhere"):
        other = applicant.client.get(path)
        assert "camera=()" in other.headers["permissions-policy"]
        assert "blob:" not in other.headers["content-security-policy"]
        assert len(other.headers.get_list("permissions-policy")) == 1


def test_the_cookie_is_shut(applicant: Applicant) -> None:
    applicant.get()
    applicant.post("/open/code", {"mobile": applicant.mobile})
    form = applicant.hidden("csrf") | {"mobile": applicant.mobile, "code": applicant.opening.code()}
    answer = applicant.client.post("/open/enter", data=form, follow_redirects=False)
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if "yq_apply" in one]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/open", "Max-Age="))


def test_without_a_demonstration_nobody_sees_a_phone(applicant: Applicant) -> None:
    applicant.opening.stage.opens = False
    assert applicant.client.get("/open/sample").status_code == 404
    applicant.get()
    applicant.post("/open/code", {"mobile": applicant.mobile})
    applicant.post("/open/phone", {"mobile": applicant.mobile})
    assert applicant.opening.code() not in applicant.page
    applicant.opening.stage.opens = True
    applicant.get()
    applicant.post("/open/phone", {"mobile": applicant.mobile})
    assert applicant.opening.code() in applicant.page
    applicant.get("/open/sample")
    assert f"/open?mobile={MOBILE}" in applicant.page


def test_whom_the_firm_wont_take_is_told_one_sentence(first: Applicant) -> None:
    """The same face, phone's holder and device once more, under another name's number."""
    first.go_to(None)
    first.post("/open/leave")
    first.opening.play(7)
    first.opening.place, first.mobile = 7, OTHER
    first.client.cookies.delete("yq_apply")
    first.go_to(Step.AGREEMENTS)
    first.code_for_signing()
    assert first.sign().json() == {"next": "/open/refused"}
    first.get("/open/refused")
    assert "Sorry" in first.page or "sorry" in first.page
    assert 'name="face"' not in first.page
    first.get()
    assert first.path == "/open"
