// @ts-check
/**
 * A film as a browser records it names no length, and what is kept is what was recorded, byte for byte. So its end is looked
 * for once when it is opened: then the player shows how long it is, and whoever reviews it can jump, also to what the machine
 * found.
 */

const FARTHEST_S = 1e7;

/** @param {HTMLMediaElement} film */
function findEnd(film) {
  if (Number.isFinite(film.duration)) return;
  film.addEventListener("durationchange", function found() {
    if (!Number.isFinite(film.duration)) return;
    film.removeEventListener("durationchange", found);
    film.currentTime = 0;
  });
  film.currentTime = FARTHEST_S;
}

for (const found of document.querySelectorAll("[data-film-at]")) {
  found.addEventListener("click", () => {
    const film = document.querySelector("video.film");
    if (!(film instanceof HTMLVideoElement)) return;
    film.currentTime = Number(found.getAttribute("data-film-at"));
    film.scrollIntoView({ block: "nearest" });
  });
}
for (const film of document.querySelectorAll("video, audio")) {
  if (!(film instanceof HTMLMediaElement)) continue;
  if (film.readyState >= HTMLMediaElement.HAVE_METADATA) findEnd(film);
  else film.addEventListener("loadedmetadata", () => findEnd(film), { once: true });
}
