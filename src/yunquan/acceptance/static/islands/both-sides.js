// @ts-check
/** Both sides of a call in one film: the pictures beside each other, the voices mixed. */

const [WIDTH, HEIGHT, EVERY_MS, BITS] = [960, 360, 66, 900_000];

export class BothSides {
  /**
   * @param {HTMLVideoElement} theirs
   * @param {HTMLVideoElement} mine
   * @param {MediaStream} microphone
   */
  constructor(theirs, mine, microphone) {
    this.videos = [theirs, mine];
    this.canvas = document.createElement("canvas");
    [this.canvas.width, this.canvas.height] = [WIDTH, HEIGHT];
    this.context = new AudioContext();
    this.mix = this.context.createMediaStreamDestination();
    this.hear(microphone);
  }

  /** One more voice. @param {MediaStream} stream */
  hear(stream) {
    if (stream.getAudioTracks().length) this.context.createMediaStreamSource(stream).connect(this.mix);
  }

  /**
   * @param {string} kind
   * @param {(part: Blob) => void} take
   */
  start(kind, take) {
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    this.timer = setInterval(() => {
      this.videos.forEach((video, at) => {
        if (video.videoWidth) pen.drawImage(video, (at * WIDTH) / 2, 0, WIDTH / 2, HEIGHT);
      });
    }, EVERY_MS);
    const film = this.canvas.captureStream(15);
    for (const track of this.mix.stream.getAudioTracks()) film.addTrack(track);
    this.recorder = new MediaRecorder(film, { mimeType: kind, videoBitsPerSecond: BITS });
    this.recorder.ondataavailable = ({ data }) => data.size && take(data);
    this.recorder.start(2000);
  }

  /** Resolves when the last part was handed over. */
  async finish() {
    const recorder = this.recorder;
    this.recorder = undefined;
    if (recorder && recorder.state !== "inactive") {
      await new Promise((done) => {
        recorder.onstop = done;
        recorder.stop();
      });
    }
    clearInterval(this.timer);
    if (this.context.state !== "closed") await this.context.close();
  }
}
