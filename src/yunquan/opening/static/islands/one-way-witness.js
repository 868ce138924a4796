// @ts-check
/**
 * <one-way-witness>: shows a script, films the applicant saying it, and sends the film in chunks. A sentence gives way to the
 * next when it can have been read aloud; whoever needs longer has it wait, says it again, or reads everything slower (kept
 * on this device). Waiting the film goes on: it is one piece.
 *
 * Attributes: script-url (POST: draws the script), begin-url (POST {script, nonce, media_type}), upload-url (as
 * recording-upload.js), next (where to go when it is done), csrf. Texts: data-say-start, -record, -wait, -go-on, -repeat,
 * -slower, -again, -use, -opening, -ready, -reading, -waiting, -recorded, -sending, -offline, -finished, -denied, -missing,
 * -busy, -failed, -unable, -script (above what will be read, folded), -step ("{n}/{of}"), -left ("{n}"), -too-long.
 * `state` tells where it is: idle, opening, ready, recording, recorded, sending, finished, or a trouble.
 */
import { closeCamera, openCamera, whyNot } from "./camera-view.js";
import { post, RecordingUpload, recordingType } from "./recording-upload.js";

const BITS = 900_000;
const TICK_MS = 200;
// What somebody says in a second who reads aloud without haste, and a breath before each sentence.
const RATE = { syllables: 5, letters: 15 };
const BREATH_MS = 600;
const ANSWER_MS = 1500; // to say yes or no after a question
const SLOWER = 1.8;
const PACE = "yq-reads-slowly";
const SHOWN = {
  idle: ["start"], opening: [], ready: ["record", "slower"], recording: ["wait", "repeat", "slower"], recorded: ["again", "use"], sending: [], finished: [],
  denied: ["start"], missing: [], busy: ["start"], failed: ["start"], unable: [],
};

class OneWayWitness extends HTMLElement {
  connectedCallback() {
    if (this.stage) return;
    this.build();
    this.become(recordingType() ? "idle" : "unable");
  }

  disconnectedCallback() {
    this.upload?.stop();
    this.stop();
  }

  build() {
    this.stage = document.createElement("div");
    this.stage.className = "camera-stage witness";
    this.video = document.createElement("video");
    this.video.playsInline = true;
    this.bar = document.createElement("progress");
    this.bar.hidden = true;
    this.bar.setAttribute("aria-hidden", "true");
    this.count = document.createElement("span");
    this.count.className = "witness-left";
    this.count.setAttribute("aria-hidden", "true");
    this.stage.append(this.video, this.count, this.bar);
    this.line = document.createElement("p");
    this.line.className = "witness-line";
    this.line.setAttribute("aria-live", "polite");
    this.hint = document.createElement("p");
    this.hint.className = "camera-hint";
    this.hint.setAttribute("role", "status");
    this.list = document.createElement("ol");
    this.list.className = "witness-script";
    this.fold = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = this.words("script");
    this.fold.append(summary, this.list);
    const acts = document.createElement("div");
    acts.className = "camera-acts";
    this.buttons = {
      start: this.button("start", () => this.start()),
      record: this.button("record", () => this.record()),
      wait: this.button("wait", () => this.hold(!this.held)),
      repeat: this.button("repeat", () => this.repeat(), "quiet"),
      slower: this.button("slower", () => this.slow(!this.isSlow), "quiet"),
      use: this.button("use", () => this.send()),
      again: this.button("again", () => this.start(), "quiet"),
    };
    acts.append(...Object.values(this.buttons));
    // The words stand next to the lens, so that whoever reads them looks at it.
    this.append(this.line, this.stage, this.hint, acts, this.fold);
    this.slow(kept(), false);
  }

  /**
   * @param {string} name
   * @param {() => void} act
   */
  button(name, act, kind = "") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `btn block ${kind}`.trim();
    button.textContent = this.words(name);
    button.addEventListener("click", act);
    return button;
  }

  /** @param {string} name */
  words(name) {
    return this.getAttribute(`data-say-${name}`) ?? "";
  }

  /**
   * @param {keyof typeof SHOWN} state
   * @param {string} [words]
   */
  become(state, words) {
    this.state = state;
    this.setAttribute("state", state);
    for (const [name, button] of Object.entries(this.buttons ?? {})) button.hidden = !SHOWN[state].includes(name);
    const said = { recording: "reading" }[state] ?? state;
    if (this.hint) this.hint.textContent = words ?? this.words(said);
    if (this.line) this.line.hidden = state !== "recording";
    if (this.fold) this.fold.hidden = !["ready", "recorded"].includes(state);
    if (this.bar) this.bar.hidden = !["recording", "sending"].includes(state);
    this.tell("");
    this.toggleAttribute("aria-busy", state === "opening" || state === "sending");
  }

  csrf() {
    return this.getAttribute("csrf") ?? "";
  }

  /** Camera and script, together: neither is of use without the other. */
  async start() {
    this.stop();
    this.become("opening");
    try {
      this.camera = await openCamera(/** @type {HTMLVideoElement} */ (this.video), "user", { width: 640, height: 480 }, true);
    } catch (error) {
      return this.become(/** @type {any} */ (whyNot(error)));
    }
    this.video?.classList.add("mirror");
    try {
      this.script = await post(this.getAttribute("script-url") ?? "", this.csrf(), {});
    } catch (error) {
      return this.fail(error);
    }
    if (!this.isConnected) return this.stop();
    this.list?.replaceChildren(...this.script.sentences.map((sentence) => this.item(sentence)));
    this.become("ready");
  }

  /** @param {{ text: string, kind: string }} sentence */
  item(sentence) {
    const item = document.createElement("li");
    item.dataset.kind = sentence.kind;
    item.textContent = sentence.text;
    return item;
  }

  async record() {
    if (!this.camera || !this.script) return;
    const { script, nonce } = this.script;
    const kind = recordingType();
    this.become("opening");
    try {
      this.begun = await post(this.getAttribute("begin-url") ?? "", this.csrf(), { script, nonce, media_type: kind });
    } catch (error) {
      return this.fail(error);
    }
    /** @type {Blob[]} */
    this.parts = [];
    const recorder = new MediaRecorder(this.camera.stream, { mimeType: kind, videoBitsPerSecond: BITS });
    recorder.ondataavailable = ({ data }) => data.size && this.parts?.push(data);
    recorder.onstop = () => this.recorded(kind);
    recorder.start(1000);
    this.recorder = recorder;
    this.begunAt = this.lastAt = performance.now();
    this.become("recording");
    this.say(0);
    this.buttons?.wait.focus({ preventScroll: true });
    this.clock = setInterval(() => this.tick(), TICK_MS);
  }

  /** The sentence to say now. @param {number} at its place in the script */
  say(at) {
    this.at = at;
    this.spentMs = 0;
    if (this.line) this.line.textContent = this.script.sentences[at].text;
    this.hold(false);
  }

  /** How long a sentence stays: never shorter than the server says it takes. @param {{ text: string, kind: string, seconds: number }} sentence */
  needMs({ text, kind, seconds }) {
    // A name in characters may stand among English words.
    const syllables = text.match(/[\u3400-\u9fff0-9]/g)?.length ?? 0;
    const readMs = (syllables / RATE.syllables + (text.length - syllables) / RATE.letters) * 1000 + (kind === "answer" ? ANSWER_MS : 0);
    return (BREATH_MS + Math.max(seconds * 1000, readMs)) * (this.isSlow ? SLOWER : 1);
  }

  tick() {
    const now = performance.now();
    const passed = now - this.lastAt;
    this.lastAt = now;
    // Nobody reads what is behind another page.
    if (!this.held && !document.hidden) this.spentMs += passed;
    const { sentences, longest_s } = this.script;
    const needMs = this.needMs(sentences[this.at]);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.bar) [this.bar.max, this.bar.value] = [needMs, calm ? Math.floor(this.spentMs / 1000) * 1000 : this.spentMs];
    const left = this.words("left").replace("{n}", String(Math.max(0, Math.ceil((needMs - this.spentMs) / 1000))));
    this.tell(this.held ? "" : left);
    if (now - this.begunAt > longest_s * 1000) return this.fail(undefined, this.words("too-long"));
    if (this.spentMs < needMs) return;
    if (this.at + 1 < sentences.length) this.say(this.at + 1);
    else this.halt();
  }

  /** The sentence stays until it is told to go on. @param {boolean} held */
  hold(held) {
    this.held = held;
    const button = this.buttons?.wait;
    if (button) button.textContent = this.words(held ? "go-on" : "wait");
    const { length } = this.script.sentences;
    const step = this.words("step").replace("{n}", String(this.at + 1)).replace("{of}", String(length));
    if (this.hint) this.hint.textContent = `${this.words(held ? "waiting" : "reading")} ${step}`;
  }

  /** From its beginning; the one before, while this one has only just come. */
  repeat() {
    this.say(this.spentMs < 2 * BREATH_MS && this.at > 0 ? this.at - 1 : this.at);
  }

  /** @param {boolean} slow @param {boolean} [keep] whether for the next time too */
  slow(slow, keep = true) {
    this.isSlow = slow;
    this.buttons?.slower.setAttribute("aria-pressed", String(slow));
    if (keep) keepPace(slow);
  }

  /** Seconds left of a sentence, for the eye only: a screen reader has the sentence to say. @param {string} words */
  tell(words) {
    if (this.count && this.count.textContent !== words) this.count.textContent = words;
  }

  halt() {
    clearInterval(this.clock);
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  /** @param {string} kind */
  recorded(kind) {
    if (!this.isConnected || this.state !== "recording") return;
    this.film = new Blob(this.parts, { type: kind });
    closeCamera(this.camera);
    this.camera = undefined;
    const video = /** @type {HTMLVideoElement} */ (this.video);
    video.classList.remove("mirror");
    this.address = URL.createObjectURL(this.film);
    video.src = this.address;
    video.muted = false;
    video.controls = true;
    this.become("recorded");
  }

  async send() {
    if (!this.film || !this.begun) return;
    this.become("sending");
    const where = { address: this.getAttribute("upload-url") ?? "", csrf: this.csrf(), recording: this.begun.recording, chunkBytes: this.script.chunk_bytes };
    this.upload = new RecordingUpload(where, (sent, size, waits) => {
      if (this.bar) [this.bar.max, this.bar.value] = [size, sent];
      if (this.hint) this.hint.textContent = this.words(waits ? "offline" : "sending");
    });
    try {
      this.upload.add(this.film);
      await this.upload.finish();
      this.become("finished");
      const next = this.getAttribute("next");
      if (next) location.assign(next);
    } catch (error) {
      this.fail(error);
    }
  }

  /** @param {unknown} error @param {string} [words] */
  fail(error, words) {
    this.stop();
    this.become("failed", error instanceof Error && "code" in error ? error.message : words);
  }

  stop() {
    clearInterval(this.clock);
    if (this.recorder?.state === "recording") {
      this.recorder.onstop = null;
      this.recorder.stop();
    }
    closeCamera(this.camera);
    this.camera = undefined;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = undefined;
    if (this.video) {
      this.video.removeAttribute("src");
      this.video.controls = false;
    }
  }
}

/** Whether whoever uses this device reads slowly. */
function kept() {
  try {
    return localStorage.getItem(PACE) === "1";
  } catch {
    return false; // nothing may be kept here
  }
}

/** @param {boolean} slow */
function keepPace(slow) {
  try {
    if (slow) localStorage.setItem(PACE, "1");
    else localStorage.removeItem(PACE);
  } catch {
    // this time only, then
  }
}

customElements.define("one-way-witness", OneWayWitness);
