// @ts-check
/** The page without a connection: since when, and back as soon as there is one. */
const RETRY_MS = 10_000;
const since = document.getElementById("since");
if (since) since.textContent = `${since.dataset.say} ${new Date().toLocaleTimeString(document.documentElement.lang, { hour12: false })}`;

async function look() {
  try {
    const answer = await fetch("/health", { cache: "no-store" });
    // Only a page that a reader asked for is loaded again: nothing that was sent is sent twice.
    if (answer.status < 500 && location.pathname !== "/offline") location.reload();
  } catch {
    // Still without a connection.
  }
}
addEventListener("online", look);
setInterval(look, RETRY_MS);
