// @ts-check
/** A voice as a WAV of 16 kHz, 16 bits, one channel: what the server listens to. */

const RATE = 16_000;

export class Recorder {
  /** @param {MediaStream} stream */
  constructor(stream) {
    this.stream = stream;
    /** @type {Float32Array[]} */
    this.blocks = [];
    this.keeps = false;
  }

  async prepare() {
    this.context = new AudioContext({ sampleRate: RATE });
    await this.context.audioWorklet.addModule(new URL("./microphone.js", import.meta.url).href);
    const source = this.context.createMediaStreamSource(this.stream);
    this.node = new AudioWorkletNode(this.context, "microphone", { numberOfOutputs: 1 });
    // Heard from the first block on: a port without a listener keeps its messages for the one that comes later.
    this.node.port.onmessage = (event) => {
      if (this.keeps) this.blocks.push(event.data);
    };
    source.connect(this.node);
    this.node.connect(this.context.destination); // silent, but without a way out nothing runs
    await this.context.resume();
  }

  /** From here on it is kept. */
  start() {
    this.keeps = true;
  }

  /** @returns {Promise<Blob>} */
  async finish() {
    this.keeps = false;
    await this.context?.close();
    return new Blob([wav(this.blocks)], { type: "audio/wav" });
  }
}

/** @param {Float32Array[]} blocks */
export function wav(blocks) {
  const count = blocks.reduce((sum, block) => sum + block.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * count));
  const words = [...["RIFF", 36 + 2 * count, "WAVE", "fmt ", 16]];
  let at = 0;
  for (const word of words) at = put(view, at, word);
  for (const [size, value] of [[2, 1], [2, 1], [4, RATE], [4, RATE * 2], [2, 2], [2, 16]]) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  for (const word of ["data", 2 * count]) at = put(view, at, word);
  for (const block of blocks) {
    for (const sample of block) {
      view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 32767, true);
      at += 2;
    }
  }
  return view.buffer;
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {string | number} word
 */
function put(view, at, word) {
  if (typeof word === "number") view.setUint32(at, word, true);
  else for (let n = 0; n < 4; n += 1) view.setUint8(at + n, word.charCodeAt(n));
  return at + 4;
}
