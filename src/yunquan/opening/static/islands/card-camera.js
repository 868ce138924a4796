// @ts-check
/**
 * <card-camera>: photographs a card held into a frame, or takes a picture from the device, and posts it as a JPEG. A shot
 * that is light and sharp enough is sent at once; a doubtful one says what is wrong with it and is sent when asked for. The
 * camera stays on until an answer is there, so that another shot takes one tap.
 *
 * Around a server-made `<form enctype="multipart/form-data">` with its hidden fields and an `<input type="file">`,
 * which alone work where there is no script or no camera. Attributes: `ratio` (width over height of the card, 1.585),
 * `long-side` (pixels of the picture, 1600), `most-bytes` (900000). Texts: data-say-start, -take, -again, -use,
 * -hold, -dark, -glare, -blurred, -good, -taken, -doubt-dark, -doubt-glare, -doubt-blurred, -sending, -denied, -missing,
 * -busy, -failed, -not-picture.
 * `state` tells where it is: idle, opening, aiming, taken, sending, denied, missing, busy or failed.
 */
import { closeCamera, measure, openCamera, send, still, whyNot } from "./camera-view.js";

const HINT_EVERY_MS = 350;
const HINT_WIDTH = 240;
const [DARK, BURNT, SOFT] = [55, 0.04, 60];

class CardCamera extends HTMLElement {
  connectedCallback() {
    if (this.stage) return;
    this.form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    this.file = /** @type {HTMLInputElement} */ (this.querySelector("input[type=file]"));
    this.ratio = Number(this.getAttribute("ratio") ?? 1.585);
    this.build();
    this.file.addEventListener("change", () => this.onFile());
    this.form.addEventListener("submit", (event) => this.onSubmit(event));
    document.addEventListener("visibilitychange", this.onHidden);
    this.become("idle");
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onHidden);
    this.stop();
  }

  /** A camera left running behind another page drains and frightens. */
  onHidden = () => {
    if (!document.hidden || !this.camera) return;
    this.stop(this.state === "aiming" ? "idle" : undefined);
  };

  build() {
    this.stage = document.createElement("div");
    this.stage.className = "camera-stage card";
    this.stage.style.setProperty("--ratio", String(this.ratio));
    this.video = document.createElement("video");
    this.frame = document.createElement("div");
    this.frame.className = "camera-frame";
    this.frame.setAttribute("aria-hidden", "true");
    this.picture = document.createElement("img");
    this.picture.alt = "";
    this.stage.append(this.video, this.frame, this.picture);
    this.hint = document.createElement("p");
    this.hint.className = "camera-hint";
    this.hint.setAttribute("role", "status");
    const acts = document.createElement("div");
    acts.className = "camera-acts";
    this.buttons = {
      start: this.button("start", () => this.start()),
      take: this.button("take", () => this.take()),
      use: this.button("use", () => this.post()),
      again: this.button("again", () => this.aim(), "quiet"),
    };
    acts.append(...Object.values(this.buttons));
    this.prepend(this.stage, this.hint, acts);
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
   * @param {string} state
   * @param {string} [words]
   */
  become(state, words) {
    this.state = state;
    this.setAttribute("state", state);
    const shown = { idle: ["start"], opening: [], aiming: ["take"], taken: ["again", "use"], denied: ["start"], missing: [], busy: ["start"], failed: ["again"], sending: [] };
    for (const [name, button] of Object.entries(this.buttons ?? {})) button.hidden = !shown[state]?.includes(name);
    this.say(words ?? (state === "aiming" ? this.words("hold") : this.words(state)));
    this.toggleAttribute("aria-busy", state === "opening" || state === "sending");
  }

  /** @param {string} words */
  say(words) {
    if (this.hint && this.hint.textContent !== words) this.hint.textContent = words;
  }

  async start() {
    this.stop();
    this.become("opening");
    try {
      this.camera = await openCamera(this.video, "environment", { width: 1920, height: 1080 }, false);
      if (!this.isConnected) return this.stop();
      this.aim();
    } catch (error) {
      this.stop(whyNot(error));
    }
  }

  /** Before the card again; without a camera that is still on it is opened. */
  aim() {
    if (!this.camera) return this.start();
    this.become("aiming");
    clearInterval(this.timer);
    this.timer = setInterval(() => this.look(), HINT_EVERY_MS);
  }

  /** @param {string} [state] */
  stop(state) {
    clearInterval(this.timer);
    closeCamera(this.camera);
    this.camera = undefined;
    if (state) this.become(state);
  }

  async look() {
    if (!this.camera || !this.video?.videoWidth) return;
    const canvas = this.canvas(HINT_WIDTH);
    await still(this.video, { width: this.video.videoWidth, height: this.video.videoHeight }, canvas, 0.3);
    if (this.state === "aiming") this.say(this.words(this.fault(canvas) || "good"));
  }

  /** What is wrong with a picture as far as can be measured here, "" for nothing. @param {HTMLCanvasElement} canvas */
  fault(canvas) {
    const { light, glare, sharpness } = measure(canvas);
    if (light < DARK) return "dark";
    if (glare > BURNT) return "glare";
    return sharpness < SOFT ? "blurred" : "";
  }

  /** A canvas of the card's shape with some room around it. */
  canvas(width = Number(this.getAttribute("long-side") ?? 1600)) {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = Math.round(width / this.ratio);
    return canvas;
  }

  async take() {
    if (!this.camera || !this.video) return;
    const from = { width: this.video.videoWidth, height: this.video.videoHeight };
    const small = this.canvas(HINT_WIDTH);
    // The same picture twice: the one that goes, and the small one that is measured.
    await Promise.all([this.keep(this.video, from, this.canvas()), still(this.video, from, small, 0.3)]);
    clearInterval(this.timer);
    this.judge(small);
  }

  /** A good one goes at once; of a doubtful one its holder decides. @param {HTMLCanvasElement} small */
  judge(small) {
    const fault = this.fault(small);
    if (!fault) return this.post();
    this.become("taken", `${this.words(`doubt-${fault}`)} ${this.words("taken")}`);
  }

  /**
   * @param {CanvasImageSource} source
   * @param {{ width: number, height: number }} from
   * @param {HTMLCanvasElement} canvas
   */
  async keep(source, from, canvas) {
    const most = Number(this.getAttribute("most-bytes") ?? 900_000);
    for (const quality of [0.92, 0.85, 0.75, 0.6]) {
      this.jpeg = await still(source, from, canvas, quality);
      if (this.jpeg.size <= most) break;
    }
    if (this.picture?.src) URL.revokeObjectURL(this.picture.src);
    if (this.picture && this.jpeg) this.picture.src = URL.createObjectURL(this.jpeg);
  }

  /** A photo from the device: whole, only smaller, since nobody knows where the card lies in it. */
  async onFile() {
    const file = this.file?.files?.[0];
    if (!file) return;
    this.stop();
    try {
      const bitmap = await createImageBitmap(file);
      const longest = Number(this.getAttribute("long-side") ?? 1600) * 1.25;
      const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(bitmap.width * scale);
      canvas.height = Math.round(bitmap.height * scale);
      const small = Object.assign(document.createElement("canvas"), { width: HINT_WIDTH, height: Math.round((HINT_WIDTH * bitmap.height) / bitmap.width) });
      await Promise.all([this.keep(bitmap, bitmap, canvas), still(bitmap, bitmap, small, 0.3)]);
      bitmap.close();
      this.judge(small);
    } catch {
      this.become("failed", this.words("not-picture"));
    }
  }

  /** @param {SubmitEvent} event */
  onSubmit(event) {
    if (!this.jpeg) return; // without a picture of ours the browser sends its own
    event.preventDefault();
    this.post();
  }

  async post() {
    if (!this.jpeg || !this.form || this.state === "sending") return;
    const form = new FormData(this.form);
    form.set(this.file?.name || "image", this.jpeg, "card.jpg");
    this.become("sending");
    try {
      const refusal = await send(this.form.action, form);
      if (refusal) this.become("failed", refusal);
    } catch {
      this.become("taken", this.words("failed"));
    }
  }
}

customElements.define("card-camera", CardCamera);
