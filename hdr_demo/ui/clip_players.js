// Runs all players of the tab Video in step, and says what the screen can show.
// A player's data-start is the time of the clip at which its own time begins.
const players = () => [...element.querySelectorAll("video")];
const startOf = (player) => Number(player.dataset.start || 0);
const timeOf = (player) => player.currentTime + startOf(player);
const APART_SECONDS = 0.0005; // of players that stand: no frame is that short
const DRIFT_SECONDS = 0.15;

// The one that was touched last leads; before, the first one.
let touched = null;
const leader = () => (touched && touched.isConnected ? touched : players()[0]);
const lead = ({ target }) => {
  if (target instanceof HTMLVideoElement) touched = target;
};
for (const name of ["pointerdown", "keydown", "focusin"]) element.addEventListener(name, lead, true);

function follow(player, apart) {
  for (const other of players()) {
    if (other === player || other.error) continue;
    const time = Math.max(0, timeOf(player) - startOf(other));
    if (Math.abs(other.currentTime - time) > apart) other.currentTime = time;
  }
}

// Media events do not bubble, but they can be caught on the way down.
const on = (name, handle) =>
  element.addEventListener(name, ({ target }) => target instanceof HTMLVideoElement && handle(target), true);

on("play", (player) => {
  follow(player, DRIFT_SECONDS);
  for (const other of players()) if (other.paused && !other.error && !other.ended) other.play().catch(() => {});
});
on("pause", (player) => {
  if (player.ended) return; // the others may be longer
  for (const other of players()) other.pause();
  if (player === leader()) follow(player, APART_SECONDS);
});
on("seeking", (player) => player === leader() && follow(player, APART_SECONDS));
on("ratechange", (player) => {
  if (player === leader()) for (const other of players()) other.playbackRate = player.playbackRate;
});
on("timeupdate", (player) => player === leader() && !player.paused && !player.seeking && follow(player, DRIFT_SECONDS));

// A file that this browser cannot play gets a sentence in place of a black box.
on("error", (player) => {
  player.hidden = true;
  player.parentElement.querySelector(".no-player").hidden = false;
});

let screen = "standard";
function sayScreen() {
  for (const note of element.querySelectorAll("[data-screen]")) note.hidden = note.dataset.screen !== screen;
}
watch("value", sayScreen);
followScreen((now) => {
  screen = now;
  sayScreen();
});
