// @ts-check
/**
 * The page's one EventSource. Topics stand on <body data-topics>; islands listen by topic. After a break it comes back by
 * itself, ever more slowly, and says so on the page.
 */

/** @typedef {(data: any) => void} Listener */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
// A break shorter than this is not worth a word.
const SILENT_BREAK_MS = 1_500;

/** @type {Map<string, Set<Listener>>} */
const listeners = new Map();
/** @type {Map<string, any>} the last of each topic, for whoever listens late */
const latest = new Map();
/** @type {EventSource | null} */
let source = null;
let wait_ms = FIRST_WAIT_MS;
/** @type {number | undefined} */
let telling;

/**
 * Hear a topic from now on, its latest at once.
 * @param {string} topic
 * @param {Listener} listener
 * @returns {() => void} stop hearing
 */
export function listen(topic, listener) {
  const heard = listeners.get(topic) ?? new Set();
  heard.add(listener);
  listeners.set(topic, heard);
  if (latest.has(topic)) listener(latest.get(topic));
  return () => heard.delete(listener);
}

/** Open the stream for the topics of the page. */
export function open() {
  const topics = [...new Set((document.body.dataset.topics ?? "").split(/\s+/).filter(Boolean))];
  if (!topics.length || source) return;
  source = new EventSource(`/stream?topics=${topics.map(encodeURIComponent).join(",")}`);
  source.onopen = () => {
    wait_ms = FIRST_WAIT_MS;
    tell(false);
  };
  source.onerror = () => {
    tell(true);
    // The browser retries by itself unless the server refused; then it is up to us.
    if (source?.readyState === EventSource.CLOSED) again();
  };
  source.addEventListener("ended", again);
  for (const topic of topics) {
    source.addEventListener(topic, (event) => hear(topic, /** @type {MessageEvent} */ (event).data));
  }
}

function again() {
  source?.close();
  source = null;
  setTimeout(open, wait_ms * (0.75 + Math.random() / 2));
  wait_ms = Math.min(wait_ms * 2, LONGEST_WAIT_MS);
}

/** @param {string} topic @param {string} text */
function hear(topic, text) {
  const data = JSON.parse(text);
  latest.set(topic, data);
  for (const listener of listeners.get(topic) ?? []) listener(data);
}

/** @param {boolean} broken */
function tell(broken) {
  clearTimeout(telling);
  const note = document.getElementById("reconnecting");
  if (!note) return;
  if (!broken) {
    note.hidden = true;
    note.textContent = "";
    return;
  }
  telling = setTimeout(() => {
    note.textContent = note.dataset.say ?? "";
    note.hidden = false;
  }, SILENT_BREAK_MS);
}

addEventListener("pagehide", () => {
  source?.close();
  source = null;
});
addEventListener("pageshow", (event) => {
  if (event.persisted) open();
});
