// @ts-check
/**
 * Two browsers that see and hear each other. The server only passes their messages on; staff offer, the applicant
 * answers. An applicant's page says "ready" with a name of its own and is offered a connection under it; what still comes
 * for a page that is gone is told apart by that name.
 *
 * POST {address}?call=...   JSON {kind, body}
 * GET  {address}?call=...&after=number   JSON [{number, kind, body}]
 */
import { post, Refusal } from "./recording-upload.js";

const EVERY_MS = 500;

export class PeerCall {
  /**
   * @param {{ address: string, csrf: string, call: string, side: "staff" | "applicant", stream: MediaStream, ice: RTCIceServer[] }} given
   * @param {(stream: MediaStream) => void} onStream the other side's picture and sound
   * @param {(state: RTCPeerConnectionState) => void} onState
   */
  constructor(given, onStream, onState) {
    this.given = given;
    this.onStream = onStream;
    this.onState = onState;
    this.after = 0;
    this.open = true;
    /** @type {RTCIceCandidateInit[]} */
    this.early = [];
    this.of = given.side === "applicant" ? crypto.randomUUID() : "";
    /** @type {Promise<void>} */
    this.sending = Promise.resolve();
  }

  async start() {
    if (this.given.side === "applicant") {
      this.connect();
      this.say("ready", null);
    }
    while (this.open) {
      await this.hear();
      await new Promise((done) => setTimeout(done, EVERY_MS));
    }
  }

  address() {
    const address = new URL(this.given.address, location.href);
    address.searchParams.set("call", this.given.call);
    return address;
  }

  /** One after the other: a candidate that overtakes its offer is of no use. @param {string} kind @param {any} data */
  say(kind, data) {
    const body = JSON.stringify({ of: this.of, data });
    this.sending = this.sending.then(async () => {
      if (!this.open) return;
      await post(this.address().href, this.given.csrf, { kind, body }).catch((error) => {
        if (error instanceof Refusal) this.close();
      });
    });
  }

  async hear() {
    const address = this.address();
    address.searchParams.set("after", String(this.after));
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      for (const signal of await answer.json()) {
        this.after = signal.number;
        await this.take(signal.kind, JSON.parse(signal.body));
      }
    } catch (error) {
      // The line is down, or the other side's browser speaks otherwise: asked again in a moment.
      console.debug("call", error);
    }
  }

  connect() {
    this.peer?.close();
    this.early = [];
    const peer = new RTCPeerConnection({ iceServers: this.given.ice });
    this.peer = peer;
    for (const track of this.given.stream.getTracks()) peer.addTrack(track, this.given.stream);
    peer.onicecandidate = ({ candidate }) => candidate && this.say("candidate", candidate);
    peer.ontrack = ({ streams }) => this.onStream(streams[0]);
    peer.onconnectionstatechange = () => peer === this.peer && this.onState(peer.connectionState);
    return peer;
  }

  /**
   * @param {string} kind
   * @param {{ of: string, data: any }} told
   */
  async take(kind, { of, data }) {
    if (kind === "ready" && this.given.side === "staff") {
      this.of = of;
      const peer = this.connect();
      await peer.setLocalDescription(await peer.createOffer());
      return this.say("offer", peer.localDescription);
    }
    const peer = this.peer;
    if (of !== this.of || !peer) return;
    if (kind === "offer" && this.given.side === "applicant" && !peer.remoteDescription) {
      await this.describe(peer, data);
      await peer.setLocalDescription(await peer.createAnswer());
      this.say("answer", peer.localDescription);
    } else if (kind === "answer" && peer.signalingState === "have-local-offer") {
      await this.describe(peer, data);
    } else if (kind === "candidate") {
      if (peer.remoteDescription) await peer.addIceCandidate(data);
      else this.early.push(data);
    }
  }

  /**
   * @param {RTCPeerConnection} peer
   * @param {RTCSessionDescriptionInit} description
   */
  async describe(peer, description) {
    await peer.setRemoteDescription(description);
    for (const candidate of this.early.splice(0)) await peer.addIceCandidate(candidate);
  }

  close() {
    this.open = false;
    this.peer?.close();
  }
}
