// Takes the place of a page's camera and microphone: a picture or an acted film on a canvas, and a tone. What is to be
// seen is asked of the test, once for each time the camera is opened: `whoStandsThere(where, challenge)` answers
// {times, jpegs, loops}, one JPEG (base64) for each time in milliseconds: after the page began to film, or again and
// again.
(() => {
  const EVERY_MS = 40;
  let challenge = null;

  const fetched = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await fetched(...asked);
    if (String(asked[0]).endsWith("/face/challenge") && answer.ok) challenge = await answer.clone().json();
    return answer;
  };

  const where = () => {
    const card = document.querySelector("card-camera form");
    if (card) return card.action.endsWith("/back") ? "back" : "front";
    return document.querySelector("face-challenge") ? "face" : "person";
  };

  const opened = (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  };

  // For how long the page has filmed: before that the first picture stands.
  const clock = (scene) => {
    if (scene.loops) return () => performance.now() % scene.times.at(-1);
    const island = document.querySelector("face-challenge");
    let began = null;
    new MutationObserver(() => {
      began = island?.getAttribute("state") === "filming" ? performance.now() : null;
    }).observe(island ?? document.documentElement, { attributeFilter: ["state"] });
    return () => (began === null ? 0 : performance.now() - began);
  };

  const film = async () => {
    const scene = await window.whoStandsThere(where(), challenge);
    const pictures = await Promise.all(scene.jpegs.map(opened));
    const canvas = Object.assign(document.createElement("canvas"), { width: pictures[0].width, height: pictures[0].height });
    const pen = canvas.getContext("2d");
    const filmed = clock(scene);
    const show = () => {
      const at = filmed();
      const after = scene.times.findIndex((time) => time > at);
      pen.drawImage(pictures[after < 0 ? pictures.length - 1 : Math.max(0, after - 1)], 0, 0, canvas.width, canvas.height);
    };
    show();
    const timer = setInterval(show, EVERY_MS);
    const [track] = canvas.captureStream(1000 / EVERY_MS).getVideoTracks();
    const stop = track.stop.bind(track);
    track.stop = () => {
      clearInterval(timer);
      stop();
    };
    Object.defineProperty(track, "label", { value: "camera2 1, facing front" });
    return track;
  };

  const tone = () => {
    const sound = new AudioContext();
    const [pitch, swell, depth, out] = [sound.createOscillator(), sound.createOscillator(), sound.createGain(), sound.createMediaStreamDestination()];
    pitch.frequency.value = 180;
    swell.frequency.value = 3;
    depth.gain.value = 0.3;
    swell.connect(depth.gain);
    pitch.connect(depth).connect(out);
    for (const one of [pitch, swell]) one.start();
    const [track] = out.stream.getAudioTracks();
    const stop = track.stop.bind(track);
    track.stop = () => {
      sound.close();
      stop();
    };
    return track;
  };

  navigator.mediaDevices.getUserMedia = async ({ video, audio }) => {
    const tracks = [];
    if (video) tracks.push(await film());
    if (audio) tracks.push(tone());
    return new MediaStream(tracks);
  };
})();
