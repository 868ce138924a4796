// @ts-check
/**
 * <two-way-call>: a place in the queue, then a call with a member of staff.
 *
 * Attributes: join-url, place-url, leave-url (POST, answer with the place in the queue), signals-url (peer-call.js), ice
 * (JSON list of STUN and TURN servers), next (where to go when it has passed), csrf. Inside: what is offered where it can't
 * run (another way, an appointment), shown in the states closed, unable, denied, missing, busy and failed.
 * Texts: data-say-join, -leave, -again, -opening, -waiting, -calling, -talking, -lost, -closing, -passed, -failed-call, -left,
 * -closed, -opens ("{time}"), -ahead ("{n}"), -wait ("{least}" "{most}" minutes), -soon, -denied, -missing, -busy, -failed, -unable,
 * -me, -staff.
 */
import { closeCamera, openCamera, whyNot } from "./camera-view.js";
import { PeerCall } from "./peer-call.js";
import { post } from "./recording-upload.js";

const EVERY_MS = 3000;
const SHOWN = {
  idle: ["join"], opening: [], waiting: ["leave"], talking: [], closing: [], passed: [], ended: ["again"], left: ["join"],
  closed: ["again"], denied: ["join"], missing: [], busy: ["join"], failed: ["join"], unable: [],
};
const OTHERWISE = ["closed", "denied", "missing", "busy", "failed", "unable", "ended"];

class TwoWayCall extends HTMLElement {
  connectedCallback() {
    if (this.stage) return;
    this.others = [...this.children];
    this.build();
    const able = "RTCPeerConnection" in window && navigator.mediaDevices;
    this.become(able ? "idle" : "unable");
  }

  disconnectedCallback() {
    this.stop();
  }

  build() {
    this.stage = document.createElement("div");
    this.stage.className = "camera-stage call";
    this.theirs = document.createElement("video");
    this.theirs.className = "theirs";
    this.theirs.playsInline = true;
    this.theirs.setAttribute("aria-label", this.words("staff"));
    this.mine = document.createElement("video");
    this.mine.className = "mine mirror";
    this.mine.setAttribute("aria-label", this.words("me"));
    this.stage.append(this.theirs, this.mine);
    this.hint = document.createElement("p");
    this.hint.className = "camera-say";
    this.hint.setAttribute("role", "status");
    this.wait = document.createElement("p");
    this.wait.className = "camera-hint witness-wait num";
    const acts = document.createElement("div");
    acts.className = "camera-acts";
    this.buttons = {
      join: this.button("join", () => this.join()),
      again: this.button("again", () => this.join()),
      leave: this.button("leave", () => this.leave(), "quiet"),
    };
    acts.append(...Object.values(this.buttons));
    this.prepend(this.stage, this.hint, this.wait, acts);
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

  csrf() {
    return this.getAttribute("csrf") ?? "";
  }

  /**
   * @param {keyof typeof SHOWN} state
   * @param {string} [words]
   */
  become(state, words) {
    this.state = state;
    this.setAttribute("state", state);
    for (const [name, button] of Object.entries(this.buttons ?? {})) button.hidden = !SHOWN[state].includes(name);
    for (const other of this.others ?? []) /** @type {HTMLElement} */ (other).hidden = !OTHERWISE.includes(state);
    const text = words ?? this.words(state === "ended" ? "failed-call" : state);
    if (this.hint && this.hint.textContent !== text) this.hint.textContent = text;
    if (this.wait) this.wait.hidden = state !== "waiting" && state !== "closed";
    this.toggleAttribute("aria-busy", state === "opening");
  }

  /** The camera first: whoever has none should not wait for a call they can't take. */
  async join() {
    this.stop();
    this.become("opening");
    try {
      this.camera = await openCamera(/** @type {HTMLVideoElement} */ (this.mine), "user", { width: 640, height: 480 }, true);
    } catch (error) {
      return this.become(/** @type {any} */ (whyNot(error)));
    }
    try {
      this.show(await post(this.getAttribute("join-url") ?? "", this.csrf(), {}));
      this.timer = setInterval(() => this.ask(), EVERY_MS);
    } catch (error) {
      this.stop();
      const code = error instanceof Error && "code" in error ? error.code : "";
      const closed = code === "witness.closed" || code === "witness.no_staff";
      this.become(closed ? "closed" : "failed", code ? /** @type {Error} */ (error).message : undefined);
      if (closed && this.wait) this.wait.textContent = this.opening(error instanceof Error && "opensAtMs" in error ? Number(error.opensAtMs) : 0);
    }
  }

  async ask() {
    try {
      this.show(await post(this.getAttribute("place-url") ?? "", this.csrf(), {}));
    } catch (error) {
      // Asked again in a moment; the place is kept meanwhile.
      console.debug("place", error);
    }
  }

  /** @param {any} place */
  show(place) {
    if (!this.camera) return;
    if (place.state === "talking") return this.talk(place);
    this.hangUp();
    if (place.state === "waiting") {
      this.become("waiting");
      if (this.wait) this.wait.textContent = this.expected(place.wait);
      return;
    }
    if (place.state === "closing") return this.become("closing");
    this.stop();
    if (place.state === "passed") {
      this.become("passed");
      const next = this.getAttribute("next");
      if (next) location.assign(next);
    } else if (place.state === "failed") this.become("ended", [this.words("failed-call"), ...(place.reason_texts ?? [])].join(" "));
    else this.become("left");
  }

  /** When the desk opens that is closed, by the market's clock; "" where nobody knows. @param {number} atMs */
  opening(atMs) {
    if (!atMs) return "";
    const shown = new Intl.DateTimeFormat(document.documentElement.lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai" });
    return this.words("opens").replace("{time}", shown.format(atMs));
  }

  /** @param {{ ahead: number, least_s: number, most_s: number }} wait */
  expected(wait) {
    const ahead = wait.ahead ? this.words("ahead").replace("{n}", String(wait.ahead)) : "";
    if (wait.least_s === 0 && wait.most_s <= 60) return `${ahead} ${this.words("soon")}`.trim();
    const minutes = this.words("wait").replace("{least}", String(wait.least_s / 60)).replace("{most}", String(wait.most_s / 60));
    return `${ahead} ${minutes}`.trim();
  }

  /** @param {any} place */
  talk(place) {
    if (this.call && this.round === place.round) return;
    this.hangUp();
    this.round = place.round;
    this.become("talking", this.words("calling"));
    const given = {
      address: this.getAttribute("signals-url") ?? "", csrf: this.csrf(), call: place.call, side: /** @type {const} */ ("applicant"),
      stream: /** @type {any} */ (this.camera).stream, ice: JSON.parse(this.getAttribute("ice") || "[]"),
    };
    this.call = new PeerCall(given, (stream) => this.meet(stream), (state) => this.onLine(state));
    this.call.start();
  }

  /** @param {MediaStream} stream */
  meet(stream) {
    const video = /** @type {HTMLVideoElement} */ (this.theirs);
    if (video.srcObject === stream) return;
    video.srcObject = stream;
    video.play().catch((error) => console.debug("play", error));
  }

  /** @param {string} state */
  onLine(state) {
    if (this.state !== "talking" || !this.hint) return;
    this.toggleAttribute("connected", state === "connected");
    const said = { connected: "talking", disconnected: "lost", failed: "lost" }[state];
    if (said) this.hint.textContent = this.words(said);
  }

  hangUp() {
    this.call?.close();
    this.call = undefined;
    this.removeAttribute("connected");
    if (this.theirs) this.theirs.srcObject = null;
  }

  async leave() {
    try {
      await post(this.getAttribute("leave-url") ?? "", this.csrf(), {});
      this.stop();
      this.become("left");
    } catch (error) {
      await this.ask();
    }
  }

  stop() {
    clearInterval(this.timer);
    this.hangUp();
    closeCamera(this.camera);
    this.camera = undefined;
  }
}

customElements.define("two-way-call", TwoWayCall);
