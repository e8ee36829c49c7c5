// The viewer on the whole screen. Where the browser gives none to a page, as on small phones, on the whole window.

const isFull = () => place.classList.contains("full");

async function fillScreen(on) {
  if (on === isFull()) return;
  place.classList.toggle("full", on);
  document.documentElement.classList.toggle("viewer-fills", on); // or the page would scroll behind it
  parts.full.setAttribute("aria-pressed", String(on));
  parts.full.textContent = texts[on ? "leave_full" : "full"];
  if (on) parts.scene.focus({ preventScroll: true });
  try {
    if (on) await place.requestFullscreen?.();
    else if (document.fullscreenElement === place) await document.exitFullscreen();
  } catch (error) {
    console.warn(error); // the window has to do
  }
}

// The browser's own way out: Escape, a gesture, its button.
document.addEventListener("fullscreenchange", () => {
  if (!document.fullscreenElement && isFull()) fillScreen(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isFull() && !document.fullscreenElement) fillScreen(false);
});
