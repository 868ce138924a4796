// @ts-check
/** What both cameras need: a stream, a still of it, its words and its small measures of light and sharpness. */

/** @typedef {{ stream: MediaStream, video: HTMLVideoElement, label: string, width: number, height: number }} Camera */

/**
 * Opens a camera into a video element. Rejects with a name of {@link whyNot}.
 * @param {HTMLVideoElement} video
 * @param {"user" | "environment"} facing
 * @param {{ width: number, height: number }} ideal
 * @param {boolean} withSound
 * @returns {Promise<Camera>}
 */
export async function openCamera(video, facing, ideal, withSound) {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no camera here", "NotFoundError");
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: { ideal: facing }, width: { ideal: ideal.width }, height: { ideal: ideal.height } },
    audio: withSound ? { channelCount: 1, echoCancellation: false, noiseSuppression: false } : false,
  });
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  await video.play();
  const track = stream.getVideoTracks()[0];
  return { stream, video, label: track.label, width: video.videoWidth, height: video.videoHeight };
}

/** @param {Camera | undefined} camera */
export function closeCamera(camera) {
  for (const track of camera?.stream.getTracks() ?? []) track.stop();
  if (camera) camera.video.srcObject = null;
}

/**
 * The state an error of a camera leads to: "denied", "missing", "busy" or "failed".
 * @param {unknown} error
 */
export function whyNot(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  return name === "NotReadableError" || name === "AbortError" ? "busy" : "failed";
}

/**
 * Draws the middle of the picture in a shape and returns it as a JPEG.
 * @param {CanvasImageSource} source
 * @param {{ width: number, height: number }} from size of the source
 * @param {HTMLCanvasElement} canvas its size is the picture's
 * @param {number} quality 0 to 1
 * @returns {Promise<Blob>}
 */
export function still(source, from, canvas, quality) {
  const scale = Math.max(canvas.width / from.width, canvas.height / from.height);
  const width = canvas.width / scale;
  const height = canvas.height / scale;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  pen.drawImage(source, (from.width - width) / 2, (from.height - height) / 2, width, height, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/jpeg", quality);
  });
}

/**
 * Rough measures of a picture, for a hint while aiming; what counts is the server's.
 * @param {HTMLCanvasElement} canvas
 * @returns {{ light: number, glare: number, sharpness: number }} level 0 to 255, share burnt out, spread of edges
 */
export function measure(canvas) {
  const { width, height } = canvas;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const { data } = pen.getImageData(0, 0, width, height);
  const grey = new Float32Array(width * height);
  let light = 0;
  let burnt = 0;
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = 0.3 * data[4 * at] + 0.59 * data[4 * at + 1] + 0.11 * data[4 * at + 2];
    light += grey[at];
    if (grey[at] > 250) burnt += 1;
  }
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const edge = 4 * grey[at] - grey[at - 1] - grey[at + 1] - grey[at - width] - grey[at + width];
      sum += edge;
      squares += edge * edge;
      count += 1;
    }
  }
  return { light: light / grey.length, glare: burnt / grey.length, sharpness: squares / count - (sum / count) ** 2 };
}

/**
 * Sends a form and goes where the server says. Resolves to the sentence of a refusal, or "" when the page is leaving.
 * The form's own key goes along, so that sending it again after a lost answer does nothing twice.
 * @param {string} address
 * @param {FormData} form
 * @returns {Promise<string>}
 */
export async function send(address, form) {
  const csrf = String(form.get("csrf") ?? "");
  const answer = await fetch(address, {
    method: "POST",
    body: form,
    headers: { Accept: "application/json, text/html;q=0.5", "X-CSRF-Token": csrf },
  });
  if (answer.redirected) {
    location.assign(answer.url);
    return "";
  }
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  const told = isJson ? await answer.json() : {};
  if (answer.ok && told.next) {
    location.assign(told.next);
    return "";
  }
  return told.text || told.detail || `${answer.status}`;
}
