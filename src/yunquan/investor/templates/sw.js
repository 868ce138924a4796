// The service worker keeps the shell (styles, scripts, icons) and the page without a connection. Never a page, a figure or
// an answer of anybody's: those come from the network or not at all.
const KEPT = "yunquan-{{ version }}";
const SHELL = {{ shell | tojson }};
const LANGUAGE = new URL(location.href).searchParams.get("lang") || "zh-CN";

addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(KEPT);
    await cache.addAll(SHELL);
    // Without cookies: the page kept is nobody's.
    const offline = await fetch("/offline", { credentials: "omit", headers: { "Accept-Language": LANGUAGE } });
    if (!offline.ok) throw new Error(String(offline.status));
    await cache.put("/offline", offline);
    await skipWaiting();
  })());
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
    await clients.claim();
  })());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(async () => (await caches.match("/offline")) ?? Response.error()));
  } else if (SHELL.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
