"""Pages of the tests' own around the islands, over a real office, at addresses as a face's."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.witness.conftest import ME, OWNER, STAFF
from yunquan.app.locale import catalogue
from yunquan.kernel.errors import YunquanError
from yunquan.witness import Witness
from yunquan.witness.types import CallVerdict

STATIC = Path("src/yunquan")
TYPES = {".js": "text/javascript", ".css": "text/css"}
PAGE = """<!doctype html><html lang="{lang}" data-theme="{theme}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="stylesheet" href="/static/investor/tokens.css">
<link rel="stylesheet" href="/static/opening/islands/camera.css">
<link rel="stylesheet" href="/static/opening/islands/witness.css">
<link rel="stylesheet" href="/static/acceptance/witness-desk.css">
<style>main{{padding:16px;max-width:1200px;margin:auto}}.btn.block{{display:block;width:100%}}
</style></head><body><main><h1>{title}</h1>{body}</main>
<script type="module" src="/static/{script}"></script></body></html>"""
FACTS = {
    "zh": """
start=打开摄像头 record=开始录制 go-on=继续 repeat=再说一遍 slower=读慢一点 again=重新开始
script=要读的话 use=提交这段录像 too-long=录像太长，请重录。
opening=正在打开 ready=请在安静明亮处，看着镜头，依次读出下面的句子。
reading=请读出上面的句子 recorded=请回看，确认声音和画面清楚。 sending=正在上传
offline=网络不通，恢复后自动继续 finished=已收到，审核后通知您。
denied=未获准使用摄像头和麦克风，请在浏览器中允许。 missing=没有找到摄像头
busy=摄像头被其他程序占用 failed=没有成功，请再试一次。
unable=这个浏览器不能录像，请换一种方式。 step={n}/{of} join=开始排队 leave=离开队伍
waiting=正在排队，请留在本页 calling=正在接通 talking=通话中 lost=连接中断，正在恢复
closing=通话已通过，正在保存录像 passed=视频见证已通过 failed-call=这次没有通过。
left=您已离开队伍 closed=现在没有人在岗 ahead=前面还有{n}人。
wait=预计等待{least}至{most}分钟。 soon=马上就到您。 me=我 staff=工作人员 idle=
""",
    "en": """
start=Open_camera record=Start_recording go-on=Go_on repeat=Say_it_again slower=Slower
script=What_you_will_read too-long=The_film_is_too_long. again=Start_over use=Send_this_recording
opening=Opening
ready=Find_a_quiet,_bright_place,_look_at_the_camera_and_read_these_sentences_aloud.
reading=Read_this_aloud recorded=Watch_it_once:_can_you_be_seen_and_heard? sending=Sending
offline=The_line_is_down;_sending_goes_on_by_itself.
finished=Received._You_will_hear_from_us. denied=Camera_and_microphone_were_not_allowed.
missing=No_camera_was_found busy=The_camera_is_in_use failed=That_did_not_work._Try_again.
unable=This_browser_cannot_record. step={n}/{of} join=Join_the_queue leave=Leave_the_queue
waiting=You_are_in_the_queue._Stay_on_this_page. calling=Connecting talking=In_the_call
lost=Connection_lost,_restoring closing=Passed,_keeping_the_recording
passed=The_video_witness_has_passed failed-call=It_did_not_pass. left=You_left_the_queue
closed=Nobody_is_on_duty ahead={n}_ahead_of_you. wait={least}_to_{most}_minutes.
soon=You_are_next. me=Me staff=Member_of_staff idle=
""",
}
DESK = """
on=签到上岗 off=签退 next=接入下一位 waiting={n}人在等 nobody=没有人在等 off-duty=您不在岗
calling=正在接通 talking=通话中 lost=连接中断 snapshot=截图 again=重新截图 yes=是 no=否
pass=通过 fail=未通过 cut-off=退回排队 decide=确认 reason=结论和原因 sending=正在保存录像
kept=录像已保存 denied=未获准使用摄像头 missing=没有摄像头 busy=摄像头被占用 failed=没有成功
client=客户 me=我 steps=核对事项
"""
REASONS = {
    "cut_off": {"cut_off": "通话中断", "could_not_hear": "听不清"},
    "failed": {"coercion_suspected": "疑似受他人指使或胁迫", "not_the_person": "不是本人"},
}


def said(texts: str) -> str:
    pairs = (pair.partition("=") for pair in texts.split())
    return " ".join(f'data-say-{name}="{text.replace("_", " ")}"' for name, _, text in pairs)


def page(name: str, lang: str = "zh", theme: str = "light") -> str:
    urls = 'script-url="/w/script" begin-url="/w/begin" upload-url="/w/up" csrf="c1"'
    queue = 'join-url="/w/join" place-url="/w/place" leave-url="/w/leave" signals-url="/w/signals"'
    other = (
        '<p><a href="/one">改为自行录制</a></p>'
        if lang == "zh"
        else '<p><a href="/one">Record yourself instead</a></p>'
    )
    kinds = {
        "one": f"<one-way-witness {urls} {said(FACTS[lang])}></one-way-witness>",
        "two": f'<two-way-call {queue} csrf="c1" {said(FACTS[lang])}>{other}</two-way-call>',
        "desk": f'<witness-desk base="/d" upload-url="/d/up" csrf="c1" {said(DESK)} '
        f"data-reasons='{json.dumps(REASONS, ensure_ascii=False)}'></witness-desk>",
    }
    scripts = {
        "one": "opening/islands/one-way-witness.js",
        "two": "opening/islands/two-way-call.js",
        "desk": "acceptance/islands/witness-desk.js",
    }
    title = {"zh": "视频见证", "en": "Video witness"}[lang]
    return PAGE.format(
        lang="zh-CN" if lang == "zh" else "en",
        theme=theme,
        title=title,
        body=kinds[name],
        script=scripts[name],
    )


class Site:
    """Serves the pages and the office. broken: how many of the next chunks meet a dead line."""

    def __init__(self, witness: Witness, owner: str = OWNER, who: str = ME) -> None:
        self.witness, self.owner, self.who = witness, owner, who
        self.broken = 0
        self.locale = "zh_CN"
        self.address = ""

    @contextmanager
    def running(self) -> Iterator[Site]:
        served = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.address = f"http://127.0.0.1:{served.server_port}"
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            served.shutdown()
            served.server_close()
            thread.join()

    def answer(self, path: str, asked: dict[str, str], body: bytes, digest: str) -> object:
        """What a face would say to a POST."""
        side, *parts = path.strip("/").split("/")
        told: dict[str, Any] = json.loads(body) if body[:1] == b"{" else {}
        who = self.who if side == "w" else STAFF
        if parts[0] == "up":
            return self._upload(side, who, parts[1:], told, body, digest)
        if parts[0] == "signals":
            return self._signal(side, asked, told)
        if side == "w":
            return self._applicant(parts[0], told)
        return self._desk(parts, told, body)

    def _upload(
        self, side: str, who: str, parts: list[str], told: dict[str, Any], body: bytes, digest: str
    ) -> object:
        recording = parts[0]
        if parts[1] == "chunks":
            return self.witness.recordings.put(who, recording, int(parts[2]), digest, body)
        of = self.witness.one_way if side == "w" else self.witness.calls
        finish = of.finish if side == "w" else of.finish_recording  # type: ignore[union-attr]
        return finish(who, recording, told["count"], told["sha256"])

    def _signal(self, side: str, asked: dict[str, str], told: dict[str, Any]) -> object:
        name, who = ("applicant", self.owner) if side == "w" else ("staff", STAFF)
        with self.witness.database.transaction(actor=who) as tx:
            if told:
                self.witness.signals.send(tx, asked["call"], name, who, told["kind"], told["body"])
                return {}
            return self.witness.signals.receive(tx, asked["call"], name, who, int(asked["after"]))

    def _applicant(self, verb: str, told: dict[str, Any]) -> object:
        one_way, calls = self.witness.one_way, self.witness.calls
        with self.witness.database.transaction(actor=self.who) as tx:
            if verb == "script":
                return one_way.draw(tx, self.owner, self.locale, "林晓舟")
            if verb == "begin":
                kinds = (told["script"], told["nonce"], told["media_type"])
                return one_way.begin(tx, self.owner, *kinds)
            if verb == "join":
                return calls.join(tx, self.owner, self.locale)
            if verb == "leave":
                calls.leave(tx, self.owner)
            place = msgspec.to_builtins(calls.place(tx, self.owner))
        return place | {"reason_texts": [catalogue().text(code) for code in place["reasons"]]}

    def _desk(self, parts: list[str], told: dict[str, Any], body: bytes) -> object:
        duty, calls = self.witness.duty, self.witness.calls
        with self.witness.database.transaction(actor=STAFF) as tx:
            if parts == ["on"]:
                duty.sign_on(tx, STAFF)
            elif parts == ["off"]:
                duty.sign_off(tx, STAFF)
            elif parts == ["next"]:
                calls.take_next(tx, STAFF)
            elif parts[-1] == "answer":
                calls.answer(tx, STAFF, parts[0], told["step"], told["answer"])
            elif parts[-1] == "snapshot":
                calls.keep_snapshot(tx, STAFF, parts[0], body)
            elif parts[-1] == "decide":
                verdict = CallVerdict(told["verdict"])
                calls.decide(tx, STAFF, parts[0], verdict, told["reasons"])
            elif parts[-1] == "recording":
                return calls.begin_recording(tx, STAFF, parts[0], told["media_type"])
            present = STAFF in duty.present(tx)
            if parts == ["beat"] and present:
                duty.beat(tx, STAFF)
            waiting = [line for line in calls.queue(tx) if line.state == "waiting" and line.here]
            return {"on_duty": present, "waiting": len(waiting), "card": calls.card(tx, STAFF)}


def shown(path: str, asked: dict[str, str]) -> tuple[int, str, bytes]:
    """A static file or a page."""
    room, _, rest = path.removeprefix("/static/").partition("/")
    file = STATIC / room / "static" / rest
    if path.startswith("/static/") and file.is_file():
        return 200, TYPES[file.suffix], file.read_bytes()
    if path not in {"/one", "/two", "/desk"}:
        return 404, "text/plain", b""
    made = page(path[1:], asked.get("lang", "zh"), asked.get("theme", "light"))
    return 200, "text/html; charset=utf-8", made.encode()


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            if url.path.endswith("/signals"):
                return self._tell(lambda: site.answer(url.path, asked, b"", ""))
            return self._send(*shown(url.path, asked))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            url = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            if "/chunks/" in url.path and site.broken:
                site.broken -= 1
                return self._send(503, "text/plain", b"")
            digest = self.headers["X-Chunk-SHA256"] or ""
            return self._tell(lambda: site.answer(url.path, asked, body, digest))

        def _tell(self, act: Callable[[], object]) -> None:
            try:
                status, told = 200, act()
            except YunquanError as error:
                text = catalogue().text(error.code, **error.facts)
                status, told = error.status, {"code": error.code, "text": text}
            self._send(status, "application/json", msgspec.json.encode(told, enc_hook=str))

        def _send(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    return Handler
