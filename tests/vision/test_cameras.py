"""Both cameras of the applicant's pages in a real browser whose fake camera plays an acted film."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.fixtures_browser import NAMES, PHONE, QUIET
from tests.vision.camera_page import PAGE, Server
from tests.vision.clip_facts import asked
from tests.vision.limits import LIMITS
from tests.vision.stage import Film
from yunquan.vision import read_clip, read_source
from yunquan.vision.rules.liveness import judge_liveness
from yunquan.vision.types import CLIP_TEXTS, Challenge, ClipSource

if TYPE_CHECKING:
    from tests.vision.stage import Studio

pytestmark = pytest.mark.browser
# From the camera's first picture to the challenge's start; what starting takes comes on top.
SETTLE_MS, STARTING_MS = 1500, 120
TEXTS = """
start=开始 again=再试一次 waiting=正在打开摄像头 ready=请正对屏幕 hold=请保持不动 flash=请看着屏幕
sending=正在核验 denied=未获准使用摄像头 missing=没有找到摄像头 busy=摄像头被占用 failed=没有成功
interrupted=已中断 turn_left=请向左转头 turn_right=请向右转头 nod=请点头 blink=请眨眼
open_mouth=请张嘴 read_digits=请读出 take=拍照 use=使用这张 dark=太暗 glare=有反光
blurred=不清楚 good=可以拍了 not-picture=不是图片
"""
SAYS = dict(pair.split("=") for pair in TEXTS.split())
WORDS = " ".join(f'data-say-{name}="{words}"' for name, words in SAYS.items())
FORM = '<input type="hidden" name="csrf" value="c1"><input type="hidden" name="key" value="k1">'
FACE = PAGE.format(
    title="人脸核验",
    script="face-challenge.js",
    body=f'<face-challenge challenge="/challenge" settle-ms="{SETTLE_MS}" {WORDS}>'
    f'<form method="post" action="/face">{FORM}</form></face-challenge>',
)
CARD = PAGE.format(
    title="身份证正面",
    script="card-camera.js",
    body=f'<card-camera {WORDS}><form method="post" action="/card" enctype="multipart/form-data">'
    f'{FORM}<label>照片 <input type="file" name="image" accept="image/*"></label></form>'
    "</card-camera>",
)


@contextmanager
def phone(address: str, *flags: str, allowed: bool = True) -> Iterator[Page]:
    """A browser of its own: a fake camera is chosen when it starts."""
    path = next(found for found in map(shutil.which, NAMES) if found)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *sandbox, *flags])
        context = browser.new_context(viewport=PHONE, has_touch=True, locale="zh-CN")
        if allowed:
            context.grant_permissions(["camera", "microphone"], origin=address)
        yield context.new_page()
        browser.close()


def fake(film: Path | None = None, sound: Path | None = None) -> list[str]:
    flags = ["--use-fake-device-for-media-stream"]
    if film:
        flags.append(f"--use-file-for-fake-video-capture={film}")
    if sound:
        flags.append(f"--use-file-for-fake-audio-capture={sound}")
    return flags


def told(challenge: Challenge) -> str:
    return msgspec.json.encode(challenge).decode()


def test_a_face_in_a_browser_passes_and_its_voice_is_heard(studio: Studio, tmp_path: Path) -> None:
    challenge = asked("turn_left", "read_digits", "blink")
    film, sound = tmp_path / "face.mjpeg", tmp_path / "voice.wav"
    studio.film(challenge, "obama.jpg", film, SETTLE_MS + STARTING_MS)
    sound.write_bytes(studio.reading(challenge.digits, lead_ms=200))
    server = Server({"/": FACE, "/done": "<title>done</title>"})
    server.answers["/challenge"] = lambda _: (201, told(challenge))
    server.answers["/face"] = lambda _: (200, '{"next": "/done"}')
    with server.running(), phone(server.address, *fake(film, sound)) as page:
        page.goto(server.address)
        page.get_by_role("button", name="开始").click()
        page.get_by_text(" ".join(challenge.digits)).wait_for(timeout=30_000)
        page.wait_for_url("**/done", timeout=60_000)
    posted = server.posts["/face"][0]
    assert (posted["csrf"], posted["key"]) == (b"c1", b"k1")
    assert len(posted["frames"]) < 4_400_000
    voice = studio.listen(posted["voice"])
    assert abs(voice.length_ms - challenge.length_ms) < 1000
    kept, source = kept_film(posted, tmp_path)
    look = studio.watch(kept)
    judged = judge_liveness(look, challenge, source, LIMITS, now_ms=30_000, voice=voice)
    worse = {finding.code for finding in judged.findings if finding.outcome != "pass"}
    # A browser's own fake camera says its name, as most who would cheat with it do not.
    assert worse == {"liveness.virtual_camera"}, judged.findings


def kept_film(posted: dict[str, bytes], folder: Path) -> tuple[Film, ClipSource]:
    path = folder / "frames"
    path.write_bytes(posted["frames"])
    frames = read_clip(posted["frames"], posted["sizes"].decode(), posted["times"].decode())
    source = read_source({name: posted[name].decode() for name in CLIP_TEXTS})
    sizes = tuple(len(frame.jpeg) for frame in frames)
    return Film(path, sizes, tuple(frame.at_ms for frame in frames)), source


@pytest.mark.parametrize(
    ("trouble", "state"),
    [("denied", "denied"), ("missing", "missing"), ("refused", "failed"), ("lost", "failed")],
)
def test_each_trouble_is_said_and_can_be_tried_again(trouble: str, state: str) -> None:
    challenge = asked("turn_left", "blink", "open_mouth")
    server = Server({"/": FACE})
    refusal = (409, '{"code": "x", "text": "今天的次数已用完"}')
    server.answers["/challenge"] = lambda _: (
        refusal if trouble == "refused" else (201, told(challenge))
    )
    flags = [] if trouble in {"missing", "lost"} else fake()
    with server.running(), phone(server.address, *flags, allowed=trouble != "denied") as page:
        page.goto(server.address)
        if trouble == "lost":
            page.context.set_offline(True)
        page.get_by_role("button", name="开始").click()
        page.locator(f"face-challenge[state={state}]").wait_for(timeout=20_000)
        says = "今天的次数已用完" if trouble == "refused" else SAYS[state]
        assert page.get_by_role("status").inner_text() == says
        assert page.get_by_role("button", name="再试一次").is_visible() == (state != "missing")


def test_a_card_is_photographed_looked_at_and_sent(tmp_path: Path) -> None:
    server = Server({"/": CARD, "/done": "<title>done</title>"})
    server.answers["/card"] = lambda _: (200, '{"next": "/done"}')
    with server.running(), phone(server.address, *fake()) as page:
        page.goto(server.address)
        page.get_by_role("button", name="开始").click()
        page.locator("card-camera[state=aiming]").wait_for()
        page.get_by_role("button", name="拍照").click()
        # A picture that measures well is sent at once.
        page.wait_for_url("**/done")
    posted = server.posts["/card"][0]
    assert posted["image"][:2] == b"\xff\xd8"
    assert 10_000 < len(posted["image"]) <= 900_000


def test_a_photo_from_the_device_is_made_smaller_and_no_photo_is_said(
    studio: Studio, tmp_path: Path
) -> None:
    photo, other = tmp_path / "photo.jpg", tmp_path / "photo.txt"
    photo.write_bytes(studio.still("cage.jpg"))
    other.write_text("no picture")
    server = Server({"/": CARD})
    answers: Any = iter([(400, '{"text": "反光"}'), (200, '{"next": "/"}')])
    server.answers["/card"] = lambda _: next(answers)
    with server.running(), phone(server.address) as page:
        page.goto(server.address)
        page.locator("input[type=file]").set_input_files(other)
        page.locator("card-camera[state=failed]").wait_for()
        assert page.get_by_role("status").inner_text() == SAYS["not-picture"]
        page.locator("input[type=file]").set_input_files(photo)
        expect(page.get_by_role("status")).to_have_text("反光")
        expect(page.locator("card-camera")).to_have_attribute("state", "failed")
    assert server.posts["/card"][0]["image"][:2] == b"\xff\xd8"
