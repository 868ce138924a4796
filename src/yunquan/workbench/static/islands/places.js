// "g", then a place's letter, leads there; never while something is being typed.
const PATIENCE_MS = 1500;
let asked = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "g") { asked = event.timeStamp; return; }
  const soon = asked && event.timeStamp - asked < PATIENCE_MS;
  asked = 0;
  if (!soon || !/^[a-z]$/.test(event.key)) return;
  const link = document.querySelector(`nav a[data-go="${event.key}"]`);
  if (link) { event.preventDefault(); link.click(); }
});
