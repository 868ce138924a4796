// @ts-check
/**
 * <face-challenge>: shows the server's challenge step by step, flashes its colours over the whole screen, films
 * meanwhile and posts what it filmed. It judges nothing.
 *
 * Around a server-made `<form>` with its hidden fields (csrf, key). Attributes: `challenge`, the address that draws a
 * challenge (POST, answers `{nonce, steps: [{kind, from_ms, to_ms}], flashes: [{colour, from_ms, to_ms}], digits,
 * length_ms}`); `settle-ms`, from the first picture to the start (1500); `most-bytes` of all pictures (4000000).
 * Posted: `frames` (all JPEGs joined), `sizes` and `times` (JSON lists), `nonce`, `camera`, `width`, `height`,
 * `mobile`, `shown` (JSON list of when each colour was up) and, where digits were asked, `voice` (WAV).
 * Texts: data-say-start, -again, -waiting, -ready, -flash, -sending, -denied, -missing, -busy, -failed, -interrupted,
 * -expired and one for each kind of step, as -turn_left; -digits comes before the digits.
 * `state`: idle, opening, ready, filming, sending, denied, missing, busy, failed.
 */
import { closeCamera, openCamera, send, still, whyNot } from "./camera-view.js";
import { Recorder } from "./recorder.js";

/** @typedef {{ kind: string, from_ms: number, to_ms: number }} Step */
/** @typedef {{ colour: string, from_ms: number, to_ms: number }} Flash */
/** @typedef {{ nonce: string, steps: Step[], flashes: Flash[], digits: string, length_ms: number }} Challenge */

const [WIDTH, HEIGHT] = [480, 640];
const FRAME_EVERY_MS = 108; // at most about nine a second
const COLOURS = { red: "#f00", green: "#0f0", blue: "#00f", yellow: "#ff0", cyan: "#0ff", magenta: "#f0f" };

class FaceChallenge extends HTMLElement {
  connectedCallback() {
    if (this.stage) return;
    this.form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    this.build();
    document.addEventListener("visibilitychange", this.onHidden);
    this.become("idle");
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onHidden);
    this.stop();
  }

  /** Filming on in a hidden page gives gaps that look like a trick. */
  onHidden = () => {
    if (document.hidden && (this.state === "filming" || this.state === "ready")) {
      this.stop();
      this.become("failed", this.words("interrupted"));
    }
  };

  build() {
    this.stage = document.createElement("div");
    this.stage.className = "camera-stage face";
    this.video = document.createElement("video");
    this.video.className = "mirror";
    this.oval = document.createElement("div");
    this.oval.className = "camera-oval";
    this.oval.setAttribute("aria-hidden", "true");
    this.bar = document.createElement("progress");
    this.bar.max = 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-hidden", "true");
    this.arrow = document.createElement("div");
    this.arrow.className = "camera-arrow";
    this.arrow.setAttribute("aria-hidden", "true");
    this.say = document.createElement("p");
    this.say.className = "camera-say";
    this.say.setAttribute("role", "status");
    this.stage.append(this.video, this.oval, this.arrow, this.bar);
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "btn block";
    this.button.addEventListener("click", () => this.run());
    // The words stand next to the lens, so that whoever reads them looks at it.
    this.prepend(this.say, this.stage, this.button);
  }

  /** @param {string} name */
  words(name) {
    return this.getAttribute(`data-say-${name}`) ?? "";
  }

  /**
   * @param {string} state
   * @param {string} [words]
   */
  become(state, words) {
    this.state = state;
    this.setAttribute("state", state);
    if (this.say) this.say.textContent = words ?? this.words(state);
    if (this.button) {
      this.button.hidden = !["idle", "denied", "busy", "failed"].includes(state);
      this.button.textContent = this.words(state === "idle" ? "start" : "again");
    }
    this.toggleAttribute("aria-busy", state === "opening" || state === "sending");
  }

  async run() {
    this.stop();
    this.become("opening", this.words("waiting"));
    this.scrollIntoView({ block: "start" }); // words and picture on one screen
    const turn = (this.turn = {}); // whatever comes back to another turn is dropped
    try {
      const challenge = await this.draw();
      const sound = Boolean(challenge.digits);
      const camera = await openCamera(this.video, "user", { width: WIDTH, height: HEIGHT }, sound);
      if (this.turn !== turn || !this.isConnected) return closeCamera(camera);
      this.camera = camera;
      this.recorder = sound ? new Recorder(camera.stream) : undefined;
      await this.recorder?.prepare();
      this.become("ready");
      await pause(Number(this.getAttribute("settle-ms") ?? 1500));
      if (this.turn === turn) await this.film(challenge, turn);
    } catch (error) {
      if (this.turn !== turn) return;
      this.stop();
      this.become(whyNot(error), error instanceof Refusal ? error.message : undefined);
    }
  }

  /** @returns {Promise<Challenge>} */
  async draw() {
    const csrf = String(new FormData(this.form).get("csrf") ?? "");
    const answer = await fetch(this.getAttribute("challenge") ?? "", {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRF-Token": csrf },
    });
    const told = await answer.json();
    if (!answer.ok) throw new Refusal(told.text || told.detail || this.words("failed"));
    return told;
  }

  /**
   * @param {Challenge} challenge
   * @param {object} turn
   */
  async film(challenge, turn) {
    this.become("filming");
    /** @type {{ at: number, jpeg: Promise<Blob> }[]} */
    const frames = [];
    /** @type {number[]} */
    const shown = [];
    const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
    const budget = Number(this.getAttribute("most-bytes") ?? 4_000_000) / (challenge.length_ms / FRAME_EVERY_MS);
    let quality = 0.82;
    const start = performance.now();
    this.recorder?.start();
    let next = 0;
    await eachPicture(this.video, (now) => {
      const at = now - start;
      if (this.turn !== turn || at > challenge.length_ms) return false;
      this.show(challenge, at, shown);
      if (at >= next) {
        next = Math.max(next + FRAME_EVERY_MS, at + FRAME_EVERY_MS / 2);
        const from = { width: this.video?.videoWidth ?? 0, height: this.video?.videoHeight ?? 0 };
        const jpeg = still(/** @type {HTMLVideoElement} */ (this.video), from, canvas, quality);
        jpeg.then((blob) => {
          if (blob.size > budget) quality = Math.max(0.5, quality - 0.04);
        });
        frames.push({ at: Math.round(at), jpeg });
      }
      return true;
    });
    this.flash(undefined);
    if (this.turn === turn) await this.post(challenge, frames, shown);
  }

  /**
   * What is asked at this moment, and the colour of the screen.
   * @param {Challenge} challenge
   * @param {number} at
   * @param {number[]} shown
   */
  show(challenge, at, shown) {
    if (this.bar) this.bar.value = Math.min(1, at / challenge.length_ms);
    const index = challenge.flashes.findIndex((flash) => at >= flash.from_ms && at < flash.to_ms);
    const flash = challenge.flashes[index];
    if (flash?.colour !== this.lit) {
      this.flash(flash?.colour);
      if (flash) shown[index] = Math.round(at);
    }
    const step = challenge.steps.find((one) => at >= one.from_ms && at < one.to_ms);
    const words = step ? this.words(step.kind) : this.words(flash ? "flash" : "hold");
    const digits = step?.kind === "read_digits" ? ` ${challenge.digits.split("").join(" ")}` : "";
    if (this.say && this.say.textContent !== words + digits) this.say.textContent = words + digits;
    this.setAttribute("step", step?.kind ?? "");
  }

  /** @param {string | undefined} colour */
  flash(colour) {
    this.lit = colour;
    this.toggleAttribute("flashing", Boolean(colour));
    this.style.setProperty("--flash", colour ? COLOURS[colour] : "transparent");
  }

  /**
   * @param {Challenge} challenge
   * @param {{ at: number, jpeg: Promise<Blob> }[]} frames
   * @param {number[]} shown
   */
  async post(challenge, frames, shown) {
    const camera = this.camera;
    const voice = await this.recorder?.finish();
    this.recorder = undefined;
    this.become("sending");
    const blobs = await Promise.all(frames.map((frame) => frame.jpeg));
    const form = new FormData(this.form);
    form.set("frames", new Blob(blobs, { type: "application/octet-stream" }), "frames");
    form.set("sizes", JSON.stringify(blobs.map((blob) => blob.size)));
    form.set("times", JSON.stringify(frames.map((frame) => frame.at)));
    form.set("shown", JSON.stringify(shown));
    form.set("nonce", challenge.nonce);
    form.set("camera", camera?.label ?? "");
    form.set("width", String(camera?.width ?? 0));
    form.set("height", String(camera?.height ?? 0));
    form.set("mobile", /Mobi|Android|iPhone/.test(navigator.userAgent) ? "1" : "0");
    if (voice) form.set("voice", voice, "voice.wav");
    this.stop();
    try {
      const refusal = await send(/** @type {HTMLFormElement} */ (this.form).action, form);
      if (refusal) this.become("failed", refusal);
    } catch {
      this.become("failed");
    }
  }

  stop() {
    this.turn = undefined;
    this.recorder?.finish();
    this.recorder = undefined;
    closeCamera(this.camera);
    this.camera = undefined;
    this.flash(undefined);
    this.setAttribute("step", "");
    if (this.bar) this.bar.value = 0;
  }
}

/** The server's own sentence. */
class Refusal extends Error {}

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Calls with the time of each new picture of a video until it answers false; by animation frames where the browser
 * can't tell new pictures.
 * @param {HTMLVideoElement | undefined} video
 * @param {(now: number) => boolean} look
 * @returns {Promise<void>}
 */
function eachPicture(video, look) {
  return new Promise((done) => {
    const ask = () => {
      if (video && "requestVideoFrameCallback" in video) video.requestVideoFrameCallback(step);
      else requestAnimationFrame(step);
    };
    const step = () => (look(performance.now()) ? ask() : done());
    ask();
  });
}

customElements.define("face-challenge", FaceChallenge);
