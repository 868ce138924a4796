// @ts-check
/**
 * A recording on its way to the server in chunks: each with its digest, sent again until it has arrived, in order.
 *
 * POST {address}/{recording}/chunks/{number}   raw bytes, X-Chunk-SHA256
 * POST {address}/{recording}/finish            JSON {count, sha256}: of the chunks' hex digests, joined
 * Both answer with the upload's state, or with {code, text}.
 */

const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [500, 8000];

/** A refusal by the server: its sentence and its code. */
export class Refusal extends Error {
  /**
   * @param {string} text
   * @param {string} code
   * @param {number} [opensAtMs] when a desk opens that is closed
   */
  constructor(text, code, opensAtMs = 0) {
    super(text);
    this.code = code;
    this.opensAtMs = opensAtMs;
  }
}

/**
 * Posts and reads JSON. Rejects with a Refusal when the server said no, with another error when nobody answered.
 * @param {string} address
 * @param {string} csrf
 * @param {BodyInit | object | undefined} body
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>}
 */
export async function post(address, csrf, body, headers = {}) {
  const isRaw = body instanceof Blob || body instanceof ArrayBuffer;
  const answer = await fetch(address, {
    method: "POST",
    body: isRaw ? body : JSON.stringify(body ?? {}),
    headers: {
      Accept: "application/json",
      "Content-Type": isRaw ? "application/octet-stream" : "application/json",
      "X-CSRF-Token": csrf,
      ...headers,
    },
  });
  if (answer.status >= 502) throw new Error(`${answer.status}`);
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(told.text || told.message || `${answer.status}`, told.code || "", told.opens_at_ms || 0);
  return told;
}

/** @param {ArrayBuffer | Uint8Array} content */
async function sha256(content) {
  const digest = await crypto.subtle.digest("SHA-256", content);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class RecordingUpload {
  /**
   * @param {{ address: string, csrf: string, recording: string, chunkBytes: number }} where
   * @param {(sent: number, size: number, waits: boolean) => void} tell bytes sent, bytes there, whether the line is down
   */
  constructor(where, tell = () => {}) {
    this.where = where;
    this.tell = tell;
    /** @type {Blob[]} */
    this.held = [];
    this.heldBytes = 0;
    this.size = 0;
    this.sent = 0;
    /** @type {string[]} */
    this.digests = [];
    /** @type {Promise<void>} */
    this.last = Promise.resolve();
    this.stopped = false;
  }

  /** More of the recording; whole chunks leave at once. @param {Blob} blob */
  add(blob) {
    this.held.push(blob);
    this.heldBytes += blob.size;
    this.size += blob.size;
    while (this.heldBytes >= this.where.chunkBytes) this.leave(this.where.chunkBytes);
  }

  /** @param {number} bytes */
  leave(bytes) {
    const all = new Blob(this.held);
    const chunk = all.slice(0, bytes);
    this.held = all.size > bytes ? [all.slice(bytes)] : [];
    this.heldBytes = all.size - chunk.size;
    this.last = this.last.then(() => this.send(chunk));
    this.last.catch(() => {}); // told by finish
  }

  /** @param {Blob} chunk */
  async send(chunk) {
    const content = await chunk.arrayBuffer();
    const digest = await sha256(content);
    const number = this.digests.length;
    await this.until(() => post(`${this.where.address}/${this.where.recording}/chunks/${number}`, this.where.csrf, content, { "X-Chunk-SHA256": digest }));
    this.digests.push(digest);
    this.sent += chunk.size;
    this.tell(this.sent, this.size, false);
  }

  /**
   * Again until it is answered; a refusal ends it.
   * @template T
   * @param {() => Promise<T>} act
   * @returns {Promise<T>}
   */
  async until(act) {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        return await act();
      } catch (error) {
        if (error instanceof Refusal && error.code !== "witness.disk" && error.code !== "witness.digest_wrong") throw error;
        if (this.stopped) throw error;
        this.tell(this.sent, this.size, true);
        await new Promise((done) => setTimeout(done, wait));
      }
    }
  }

  stop() {
    this.stopped = true;
  }

  /** All is there: sends the rest and says so. Rejects with a Refusal. */
  async finish() {
    if (this.heldBytes) this.leave(this.heldBytes);
    await this.last;
    const sum = await sha256(new TextEncoder().encode(this.digests.join("")));
    const body = { count: this.digests.length, sha256: sum };
    return this.until(() => post(`${this.where.address}/${this.where.recording}/finish`, this.where.csrf, body));
  }
}

/** The first kind of recording that this browser makes and the server takes; "" for none. */
export function recordingType() {
  const kinds = ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"];
  return "MediaRecorder" in window ? (kinds.find((kind) => MediaRecorder.isTypeSupported(kind)) ?? "") : "";
}
