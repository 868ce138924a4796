// @ts-check
/**
 * <one-way-witness>: shows a script, films the applicant saying it, and sends the film in chunks.
 *
 * Attributes: script-url (POST: draws the script), begin-url (POST {script, nonce, media_type}), upload-url (as
 * recording-upload.js), next (where to go when it is done), csrf. Texts: data-say-start, -record, -next, -done, -again,
 * -use, -opening, -ready, -reading, -recorded, -sending, -offline, -finished, -denied, -missing, -busy, -failed, -unable,
 * -step ("{n}/{of}"), -too-soon.
 * `state` tells where it is: idle, opening, ready, recording, recorded, sending, finished, or a trouble.
 */
import { closeCamera, openCamera, whyNot } from "./camera-view.js";
import { post, RecordingUpload, recordingType } from "./recording-upload.js";

const BITS = 900_000;
const SHOWN = {
  idle: ["start"], opening: [], ready: ["record"], recording: ["next"], recorded: ["again", "use"], sending: [], finished: [],
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
    this.stage.append(this.video, this.bar);
    this.line = document.createElement("p");
    this.line.className = "witness-line";
    this.line.setAttribute("aria-live", "polite");
    this.hint = document.createElement("p");
    this.hint.className = "camera-hint";
    this.hint.setAttribute("role", "status");
    this.list = document.createElement("ol");
    this.list.className = "witness-script";
    const acts = document.createElement("div");
    acts.className = "camera-acts";
    this.buttons = {
      start: this.button("start", () => this.start()),
      record: this.button("record", () => this.record()),
      next: this.button("next", () => this.onward()),
      use: this.button("use", () => this.send()),
      again: this.button("again", () => this.start(), "quiet"),
    };
    acts.append(...Object.values(this.buttons));
    this.append(this.stage, this.line, this.hint, acts, this.list);
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
    if (this.list) this.list.hidden = !["ready", "recorded"].includes(state);
    if (this.bar) this.bar.hidden = !["recording", "sending"].includes(state);
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
    this.begunAt = performance.now();
    this.at = 0;
    this.become("recording");
    this.say();
    this.clock = setInterval(() => this.tick(), 250);
  }

  /** The sentence to say now; the button opens once it can have been said. */
  say() {
    const { sentences } = this.script;
    const sentence = sentences[this.at];
    if (this.line) this.line.textContent = sentence.text;
    const step = this.words("step").replace("{n}", String(this.at + 1)).replace("{of}", String(sentences.length));
    if (this.hint) this.hint.textContent = `${this.words("reading")} ${step}`;
    this.readyAt = performance.now() + sentence.seconds * 1000;
    this.buttons.next.textContent = this.words(this.at + 1 < sentences.length ? "next" : "done");
    this.buttons.next.disabled = true;
  }

  tick() {
    const gone = performance.now() - this.begunAt;
    if (this.bar) {
      this.bar.max = this.script.sentences.length;
      this.bar.value = this.at;
    }
    this.buttons.next.disabled = performance.now() < this.readyAt;
    if (gone > this.script.longest_s * 1000) this.halt();
  }

  onward() {
    this.at += 1;
    if (this.at < this.script.sentences.length) return this.say();
    this.halt();
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

  /** @param {unknown} error */
  fail(error) {
    this.stop();
    this.become("failed", error instanceof Error && "code" in error ? error.message : undefined);
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

customElements.define("one-way-witness", OneWayWitness);
