// @ts-check
/**
 * <witness-desk>: staff sign on, take the next applicant, talk, ask each question, decide; the call is recorded.
 *
 * Attributes: base (addresses below), upload-url (recording-upload.js), ice (JSON), csrf. POSTs with JSON, all answer with
 * {on_duty, waiting, card}: {base}/on, /off, /beat, /next, /{call}/answer {step, answer}, /{call}/snapshot (a JPEG),
 * /{call}/decide {verdict, reasons}; {base}/{call}/recording {media_type} answers with the upload's state; {base}/signals as
 * peer-call.js. Reasons: data-reasons='{"failed": {code: text}, "cut_off": {code: text}}'.
 * Texts: data-say-on, -off, -next, -waiting ("{n}"), -nobody, -off-duty, -calling, -talking, -lost, -snapshot, -again, -yes, -no,
 * -pass, -fail, -cut-off, -decide, -reason, -sending, -kept, -denied, -missing, -busy, -failed, -client, -me, -steps.
 */
import { closeCamera, openCamera, still, whyNot } from "../../opening/islands/camera-view.js";
import { PeerCall } from "../../opening/islands/peer-call.js";
import { post, RecordingUpload, recordingType } from "../../opening/islands/recording-upload.js";
import { BothSides } from "./both-sides.js";

const BEAT_MS = 5000;
const CHUNK = 256 * 1024;

class WitnessDesk extends HTMLElement {
  connectedCallback() {
    if (this.stage) return;
    this.build();
    this.draw({ on_duty: false, waiting: 0, card: null });
    this.beat();
    this.timer = setInterval(() => this.beat(), BEAT_MS);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.hangUp();
  }

  build() {
    this.stage = document.createElement("div");
    this.stage.className = "camera-stage call";
    this.theirs = this.film("theirs", "client");
    this.mine = this.film("mine", "me");
    this.stage.append(this.theirs, this.mine);
    this.hint = document.createElement("p");
    this.hint.className = "desk-hint";
    this.hint.setAttribute("role", "status");
    this.bar = document.createElement("div");
    this.bar.className = "desk-bar";
    this.side = document.createElement("section");
    this.side.className = "desk-side";
    this.side.setAttribute("aria-label", this.words("steps"));
    const left = document.createElement("div");
    left.append(this.stage, this.hint, this.bar);
    this.append(left, this.side);
  }

  /**
   * @param {string} name
   * @param {string} says
   */
  film(name, says) {
    const video = document.createElement("video");
    video.className = name;
    video.playsInline = true;
    video.setAttribute("aria-label", this.words(says));
    return video;
  }

  /** @param {string} name */
  words(name) {
    return this.getAttribute(`data-say-${name}`) ?? "";
  }

  /** @param {string} way @param {any} [body] */
  tell(way, body) {
    return post(`${this.getAttribute("base")}/${way}`, this.getAttribute("csrf") ?? "", body);
  }

  /** @param {string} way @param {any} [body] */
  async act(way, body) {
    try {
      this.draw(await this.tell(way, body));
      return true;
    } catch (error) {
      this.say(/** @type {Error} */ (error).message);
      return false;
    }
  }

  async beat() {
    try {
      this.draw(await this.tell("beat"));
    } catch (error) {
      console.debug("beat", error); // the next one tells
    }
  }

  /** @param {string} words */
  say(words) {
    if (this.hint && this.hint.textContent !== words) this.hint.textContent = words;
  }

  /**
   * @param {string} words
   * @param {() => void} act
   */
  button(words, act, kind = "") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `btn ${kind}`.trim();
    button.textContent = words;
    button.addEventListener("click", act);
    return button;
  }

  /** @param {{ on_duty: boolean, waiting: number, card: any }} now */
  draw(now) {
    const card = now.card;
    this.setAttribute("state", card ? card.state : now.on_duty ? "free" : "off");
    const drawn = JSON.stringify([now, this.reasonOf]);
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.bar?.replaceChildren(...(card ? [] : this.free(now)));
      this.side?.replaceChildren(...(card ? this.steps(card) : []));
      if (!card && !this.call) this.say(this.idle(now));
    }
    if (card?.state === "talking" && this.talkingOf !== `${card.call}:${card.round}`) this.talk(card);
    if (!card && this.call && !this.deciding) this.wrap();
  }

  /** @param {{ on_duty: boolean, waiting: number }} now */
  idle(now) {
    if (!now.on_duty) return this.words("off-duty");
    return now.waiting ? this.words("waiting").replace("{n}", String(now.waiting)) : this.words("nobody");
  }

  /** @param {{ on_duty: boolean, waiting: number }} now */
  free(now) {
    if (!now.on_duty) return [this.button(this.words("on"), () => this.act("on"))];
    const next = this.button(this.words("next"), () => this.next());
    next.disabled = !now.waiting;
    return [next, this.button(this.words("off"), () => this.act("off"), "quiet")];
  }

  /** The camera first: an applicant isn't called to a dark screen. */
  async next() {
    if (await this.ready()) await this.act("next");
  }

  async ready() {
    if (this.camera) return true;
    try {
      this.camera = await openCamera(/** @type {HTMLVideoElement} */ (this.mine), "user", { width: 640, height: 480 }, true);
      return true;
    } catch (error) {
      this.say(this.words(whyNot(error)));
      return false;
    }
  }

  /** @param {any} card */
  steps(card) {
    const list = document.createElement("ol");
    list.className = "desk-steps";
    for (const step of card.steps) {
      const item = document.createElement("li");
      const text = document.createElement("p");
      text.textContent = step.text;
      const row = document.createElement("div");
      row.className = "desk-answers";
      for (const [answer, yes] of /** @type {const} */ ([["yes", true], ["no", false]])) {
        const button = this.button(this.words(answer), () => this.act(`${card.call}/answer`, { step: step.code, answer }), "quiet");
        button.setAttribute("aria-pressed", String(card.ticks[step.code] === yes));
        button.setAttribute("aria-label", `${this.words(answer)}: ${step.text}`);
        row.append(button);
      }
      item.append(text, row);
      list.append(item);
    }
    const shot = this.button(this.words(card.snapshot ? "again" : "snapshot"), () => this.snap(card), "quiet");
    const pass = this.button(this.words("pass"), () => this.decide(card, "passed", []));
    pass.disabled = !card.snapshot || card.steps.some((step) => !card.ticks[step.code]);
    return [list, shot, pass, this.other(card)];
  }

  /** Failed and cut off, with the reason. @param {any} card */
  other(card) {
    const reasons = JSON.parse(this.dataset.reasons || "{}");
    const row = document.createElement("div");
    row.className = "desk-other";
    const label = document.createElement("label");
    label.textContent = this.words("reason");
    const select = document.createElement("select");
    for (const [verdict, texts] of Object.entries(reasons)) {
      for (const [code, text] of Object.entries(texts)) {
        const name = verdict === "failed" ? this.words("fail") : this.words("cut-off");
        select.add(new Option(`${name} · ${text}`, `${verdict}:${code}`));
      }
    }
    select.value = this.reasonOf ?? select.options[0]?.value ?? "";
    select.addEventListener("change", () => (this.reasonOf = select.value));
    label.append(select);
    const button = this.button(this.words("decide"), () => {
      const [verdict, reason] = select.value.split(":");
      this.decide(card, verdict, [reason]);
    }, "quiet");
    row.append(label, button);
    return row;
  }

  /** @param {any} card */
  async talk(card) {
    this.hangUp();
    this.talkingOf = `${card.call}:${card.round}`;
    if (!(await this.ready()) || !this.camera) return;
    this.say(this.words("calling"));
    const given = {
      address: `${this.getAttribute("base")}/signals`, csrf: this.getAttribute("csrf") ?? "", call: card.call, side: /** @type {const} */ ("staff"),
      stream: this.camera.stream, ice: JSON.parse(this.getAttribute("ice") || "[]"),
    };
    this.call = new PeerCall(given, (stream) => this.meet(card, stream), (state) => this.onLine(state));
    this.call.start();
  }

  /** @param {any} card @param {MediaStream} stream */
  async meet(card, stream) {
    const video = /** @type {HTMLVideoElement} */ (this.theirs);
    if (video.srcObject === stream) return;
    video.srcObject = stream;
    await video.play().catch((error) => console.debug("play", error));
    if (this.both) return this.both.hear(stream);
    await this.record(card, stream);
  }

  /** @param {string} state */
  onLine(state) {
    this.toggleAttribute("connected", state === "connected");
    const said = { connected: "talking", disconnected: "lost", failed: "lost" }[state];
    if (said) this.say(this.words(said));
  }

  /** @param {any} card @param {MediaStream} stream */
  async record(card, stream) {
    const kind = recordingType();
    const both = new BothSides(/** @type {any} */ (this.theirs), /** @type {any} */ (this.mine), /** @type {any} */ (this.camera).stream);
    this.both = both;
    both.hear(stream);
    try {
      const begun = await this.tell(`${card.call}/recording`, { media_type: kind });
      const where = { address: this.getAttribute("upload-url") ?? "", csrf: this.getAttribute("csrf") ?? "", recording: begun.recording, chunkBytes: CHUNK };
      const upload = new RecordingUpload(where);
      this.upload = upload;
      both.start(kind, (part) => upload.add(part)); // the last part comes after the call is over
      this.setAttribute("recording", "");
    } catch (error) {
      this.say(/** @type {Error} */ (error).message);
    }
  }

  /** @param {any} card */
  async snap(card) {
    const video = /** @type {HTMLVideoElement} */ (this.theirs);
    if (!video.videoWidth) return;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const jpeg = await still(video, { width: canvas.width, height: canvas.height }, canvas, 0.9);
    await this.act(`${card.call}/snapshot`, jpeg);
  }

  /**
   * @param {any} card
   * @param {string} verdict
   * @param {string[]} reasons
   */
  async decide(card, verdict, reasons) {
    this.deciding = true;
    const done = await this.act(`${card.call}/decide`, { verdict, reasons });
    this.deciding = false;
    if (done) await this.wrap();
  }

  /** The call is over: what was recorded is sent to its end. */
  async wrap() {
    const { both, upload } = this;
    [this.both, this.upload] = [undefined, undefined];
    await both?.finish();
    this.hangUp();
    if (!upload) return;
    this.say(this.words("sending"));
    try {
      await upload.finish();
      this.say(this.words("kept"));
    } catch (error) {
      this.say(/** @type {Error} */ (error).message);
    }
    this.beat();
  }

  hangUp() {
    this.call?.close();
    this.call = undefined;
    this.both?.finish();
    this.both = undefined;
    this.talkingOf = undefined;
    this.removeAttribute("connected");
    this.removeAttribute("recording");
    if (this.theirs) this.theirs.srcObject = null;
    closeCamera(this.camera);
    this.camera = undefined;
  }
}

customElements.define("witness-desk", WitnessDesk);
