// @ts-check
/** Runs where sound is: hands each block of samples to the page. */
class Microphone extends AudioWorkletProcessor {
  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const block = inputs[0]?.[0];
    if (block) this.port.postMessage(block.slice());
    return true;
  }
}

registerProcessor("microphone", Microphone);
