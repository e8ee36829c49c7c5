// A presentation on the whole screen. Runs as the script of a gr.HTML component, whose value is the last message of
// presentation.py: texts, a photo with its light, drawings, or what failed.

const place = element.querySelector(".presentation");
const OWN = "own";
const DARKEST = -6;
const BRIGHTEST = 2;
const GREY_STOPS = [0, -2, -4]; // where the exposure rests on its way
const MOVE_MS = 1400;
const REST_MS = 1100;
const SWIPE_PIXELS = 48;
const CLICK_PIXELS = 10;

let texts = null;
let parts = null;
let painter = null;
let screen = "standard";
let shelf = [];
let entries = new Map(); // photo: what is known of it
let shown = null; // the entry whose source is drawn
let wanted = ""; // the photo that was chosen
let linked = ""; // the key of the photo that a link names
let before = null; // what had the focus
let wasFull = false;
let moving = 0;
let asked = 0; // for a number in each answer: one that is like the last would not be noticed
const now = { step: 0, stops: 0, split: 1, operator: "reinhard", hdr: true };

// The story. `begin` sets what a step starts from; the other entries say what can be done in it.
const STEPS = [
  { name: "photo", begin: () => set({ stops: 0, split: 1 }) },
  { name: "grey", exposes: true, begin: () => { set({ stops: 0, split: 1 }); move(GREY_STOPS.map((stops) => ({ stops }))); } },
  {
    name: "network", exposes: true, splits: true,
    begin: () => {
      set({ stops: darkStops(), split: 1 });
      move([{ split: 1 }, { split: 0.5 }]);
    },
  },
  { name: "true", begin: () => set({ stops: 0, split: 0.5, hdr: true }) },
  { name: "tone", maps: true, splits: true, begin: () => set({ stops: 0, split: 0.5 }) },
];
const stepNow = () => STEPS[now.step];
const showsHdr = () => stepNow().name === "true" && screen === "high" && Boolean(shown?.data.image);
const showsColors = () => stepNow().name === "true" && !showsHdr();
const splits = () => Boolean(stepNow().splits) || showsColors();
const isOpen = () => Boolean(parts?.dialog.open);

// The brightest exposure at which little of the light is clipped, between two and four stops down.
const darkStops = () => clamp(Math.floor(shown?.data.fitting_stops ?? -4), -4, -2);

function buildButton() {
  place.replaceChildren(make(
    "button",
    { type: "button", class: "header-button", title: texts.present_hint, "aria-haspopup": "dialog", onclick: () => open() },
    texts.present,
  ));
}

function build() {
  const button = (name, act, text) =>
    make("button", { type: "button", class: `lecture-${name}`, title: texts[name], "aria-label": texts[name], onclick: act }, text);
  const canvas = make("canvas", { role: "img" });
  const image = make("img", { class: "lecture-hdr", alt: "", decoding: "async", hidden: true });
  const divider = make("div", {
    class: "viewer-divider lecture-divider", role: "slider", tabindex: 0, "aria-orientation": "horizontal",
    "aria-valuemin": 0, "aria-valuemax": 100, hidden: true,
  });
  const sides = ["photo", "hdr"].map((side) =>
    make("span", { class: `viewer-side ${side}`, "aria-hidden": "true" }, texts[`side_${side}`]));
  const frame = make("div", { class: "lecture-frame" }, canvas, image, ...sides, divider);
  const note = make("p", { class: "lecture-note", hidden: true });
  const stage = make("div", { class: "lecture-stage" }, frame, note);
  const sentence = make("p", { class: "lecture-sentence" });
  const range = make("input", {
    type: "range", id: "lecture-exposure", min: DARKEST, max: BRIGHTEST, step: 0.1, value: 0,
    oninput: () => { stop(); set({ stops: Number(range.value) }); },
  });
  const value = make("output", { for: "lecture-exposure" });
  const exposure = make("label", { class: "lecture-exposure" }, range, value);
  const flip = make("button", {
    type: "button", role: "switch", class: "viewer-switch lecture-switch", onclick: () => { set({ hdr: !now.hdr }); announce(); },
  }, "HDR");
  const legend = make("div", { class: "lecture-legend" });
  const operators = make("div", { class: "lecture-operators", role: "group" });
  const dots = STEPS.map((step, index) => button("dot", () => go(index), ""));
  STEPS.forEach((step, index) => {
    const said = fill(texts.step_of, { step: index + 1, steps: STEPS.length, name: texts[`name_${step.name}`] });
    dots[index].title = said;
    dots[index].setAttribute("aria-label", said);
  });
  const strip = make("div", { class: "lecture-strip", role: "group", "aria-label": texts.pictures, hidden: true });
  const pictures = make(
    "button",
    { type: "button", class: "lecture-pictures", title: texts.pictures_hint, "aria-expanded": "false", onclick: () => showStrip(strip.hidden) },
    texts.pictures,
  );
  const full = button("fullscreen", () => fillScreen(), "⛶");
  const said = make("p", { class: "viewer-said", role: "status" });
  const hall = make(
    "div", { class: "lecture-hall", tabindex: -1, "aria-description": texts.keys },
    stage, strip, sentence,
    make("div", { class: "lecture-bar" },
      make("div", { class: "lecture-steps" }, button("previous", () => go(now.step - 1), "‹"), ...dots, button("next", () => go(now.step + 1), "›")),
      make("div", { class: "lecture-controls" }, exposure, flip, legend, operators),
      make("div", { class: "lecture-end" }, pictures, full, button("leave", leave, "✕"))),
    said,
  );
  const dialog = make("dialog", { class: "lecture", "aria-label": texts.title }, hall);
  parts = { dialog, hall, stage, frame, canvas, image, divider, sides, note, sentence, exposure, range, value, flip, legend,
    operators, dots, strip, pictures, full, said };
  place.append(dialog);
  painter = makePainter(parts, { changed: redraw, asked: askDrawings });
  if (!painter.live) {
    Object.assign(range, { min: painter.darkest, max: 0, step: 1 });
  }
  flip.hidden = true;
  listen();
}

function listen() {
  const { dialog, hall, stage } = parts;
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  dialog.addEventListener("keydown", pressKey, true);
  // A clicked button does not keep the keys of the story to itself.
  hall.addEventListener("click", (event) => { if (event.detail && isOpen()) hall.focus({ preventScroll: true }); });
  parts.range.addEventListener("pointerup", () => hall.focus({ preventScroll: true }));
  parts.divider.addEventListener("pointerup", () => hall.focus({ preventScroll: true }));
  parts.divider.addEventListener("pointerdown", stop);
  document.addEventListener("fullscreenchange", () => {
    const isFull = document.fullscreenElement === hall;
    if (wasFull && !isFull && isOpen()) leave();
    wasFull = isFull;
    draw();
  });
  followScreen((seen) => {
    screen = seen;
    draw();
  });
  const fingers = new Map();
  let many = false;
  stage.addEventListener("dblclick", (event) => event.stopPropagation(), true);
  stage.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || event.target.closest(".lecture-divider")) return;
    if (!fingers.size) many = false;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    many ||= fingers.size > 1;
  }, true);
  for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, (event) => {
    const from = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    if (!from || many || name === "pointercancel") return;
    const [x, y] = [event.clientX - from[0], event.clientY - from[1]];
    if (Math.hypot(x, y) < CLICK_PIXELS) {
      if (parts.strip.hidden) go(now.step + 1);
      else showStrip(false);
    } else if (event.pointerType === "touch" && !painter.stage.zoom) {
      if (Math.abs(x) > Math.max(SWIPE_PIXELS, 1.5 * Math.abs(y))) go(now.step - Math.sign(x));
      else if (Math.abs(y) > Math.max(SWIPE_PIXELS, 1.5 * Math.abs(x))) chooseBy(-Math.sign(y));
    }
  });
}

function pressKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = event.target;
  const isSlider = at === parts.range || at === parts.divider;
  const isButton = at.closest("button");
  const acts = {
    PageDown: () => go(now.step + 1), // what a presenter's remote control sends
    PageUp: () => go(now.step - 1),
  };
  if (!isSlider) Object.assign(acts, {
    ArrowRight: () => go(now.step + 1), ArrowLeft: () => go(now.step - 1),
    ArrowDown: () => chooseBy(1), ArrowUp: () => chooseBy(-1),
    Home: () => go(0), End: () => go(STEPS.length - 1),
    Backspace: () => go(now.step - 1),
  });
  if (!isButton && !isSlider) Object.assign(acts, {
    " ": () => go(now.step + (event.shiftKey ? -1 : 1)), Enter: () => go(now.step + 1),
  });
  if (stepNow().exposes) Object.assign(acts, { "[": () => expose(-0.5), "]": () => expose(0.5) });
  if (showsHdr()) acts.h = () => { set({ hdr: !now.hdr }); announce(); };
  if (/^[1-9]$/.test(event.key)) acts[event.key] = () => choose(shelf[event.key - 1]?.photo);
  const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function expose(by) {
  stop();
  set({ stops: clamp(Math.round(2 * (now.stops + by)) / 2, DARKEST, BRIGHTEST) });
  announce();
}

// Opens at a step, with a photo: the name of an example, or the key that a link holds.
function open({ step = 0, photo = "" } = {}) {
  if (isOpen()) return;
  if (!parts) build();
  before = document.activeElement;
  entries.delete(OWN);
  shown = null;
  wanted = linked = photo;
  now.step = clamp(step, 0, STEPS.length - 1);
  parts.dialog.showModal();
  document.documentElement.classList.add("has-lecture");
  fillScreen();
  parts.hall.focus({ preventScroll: true });
  begin();
  ask(photo);
}

// A browser that refuses leaves the dialog over all of its window.
function fillScreen() {
  parts.hall.requestFullscreen?.().catch(() => {});
}

async function leave() {
  if (!isOpen()) return;
  stop();
  parts.dialog.close();
  document.documentElement.classList.remove("has-lecture");
  place.dispatchEvent(new CustomEvent("presentation-left", { bubbles: true }));
  // Chromium lets nothing outside of what fills the screen take the focus.
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
  before?.focus?.();
}

function go(step) {
  if (step < 0 || step >= STEPS.length || step === now.step) return;
  now.step = step;
  begin();
}

function begin() {
  stop();
  painter.stage.zoomTo(null);
  stepNow().begin();
  announce();
}

// Moves through values, resting at each; at once where motion is unwelcome.
function move(places) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || !shown || !painter.live) {
    set(places.at(-1));
    return;
  }
  const began = performance.now() + REST_MS / 2;
  const leg = MOVE_MS + REST_MS;
  const follow = (time) => {
    const along = Math.max(time - began, 0) / leg;
    const index = Math.min(Math.floor(along), places.length - 2);
    const share = clamp(((along - index) * leg) / MOVE_MS, 0, 1);
    const eased = share * share * (3 - 2 * share);
    const [from, to] = [places[index], places[index + 1]];
    for (const key of Object.keys(to)) now[key] = from[key] + (to[key] - from[key]) * eased;
    draw();
    moving = along < places.length - 1 ? requestAnimationFrame(follow) : 0;
  };
  moving = requestAnimationFrame(follow);
}

function stop() {
  cancelAnimationFrame(moving);
  moving = 0;
}

function set(changes) {
  Object.assign(now, changes);
  draw();
}

// The stage moved its divider.
function redraw() {
  if (!painter || !isOpen()) return;
  if (splits() && !moving) now.split = painter.stage.split;
  draw();
}

function ask(photo) {
  const known = entries.get(photo);
  if (known?.exact) use(known);
  else {
    tell(texts.computing);
    asked += 1;
    trigger("photo", { photo: photo === OWN ? linked || OWN : photo, number: asked });
  }
}

function askDrawings(photo, names) {
  trigger("draw", { photo, key: photo === OWN ? linked || OWN : photo, names });
}

function choose(photo) {
  if (!photo || photo === wanted) return;
  showStrip(false);
  wanted = photo;
  ask(photo);
  drawStrip();
}

function chooseBy(by) {
  const index = shelf.findIndex((each) => each.photo === wanted);
  if (shelf.length) choose(shelf[(index + by + shelf.length) % shelf.length].photo);
}

async function use(entry) {
  try {
    entry.source ??= await painter.fetch(entry);
  } catch (error) {
    console.warn(error);
    if (entry.photo === wanted) tell(texts.failed);
    return;
  }
  if (entry.photo !== wanted || !isOpen()) return;
  const isOther = shown?.photo !== entry.photo;
  shown = entry;
  painter.show(entry);
  parts.frame.style.setProperty("--ratio", entry.source.width / entry.source.height);
  parts.legend.innerHTML = entry.data.legend;
  parts.image.removeAttribute("src");
  tell(entry.exact ? "" : texts.preview);
  buildOperators();
  drawStrip();
  if (isOther) begin();
  else draw();
  parts.dialog.dataset.drawn = `${entry.photo} ${entry.exact ? "exact" : "preview"}`;
  if (!entry.exact) return;
  // The next one is computed while this one is looked at.
  const next = shelf[shelf.findIndex((each) => each.photo === entry.photo) + 1]?.photo;
  if (next && !entries.has(next)) trigger("next", { photo: next });
}

function buildOperators() {
  parts.operators.replaceChildren(...shown.data.operators.map((row) => make(
    "button", { type: "button", "data-operator": row.name, onclick: () => { set({ operator: row.name }); announce(); } }, row.label,
  )));
}

function drawStrip() {
  parts.strip.replaceChildren(...shelf.map((each, index) => make(
    "button",
    { type: "button", "data-photo": each.photo, "aria-pressed": String(each.photo === wanted), onclick: () => choose(each.photo) },
    make("img", { src: each.thumbnail, alt: "" }),
    make("span", {}, `${index < 9 ? `${index + 1} ` : ""}${each.caption}`),
  )));
}

function showStrip(on) {
  parts.strip.hidden = !on;
  parts.pictures.setAttribute("aria-expanded", String(on));
}

function tell(text) {
  parts.note.hidden = !text;
  parts.note.textContent = text;
}

function sentence() {
  const { name } = stepNow();
  let key = `step_${name}`;
  if (showsHdr()) key += now.hdr ? "_high" : "_off";
  else if (showsColors()) key += screen === "video" ? "_video" : "_standard";
  if (shown?.origin && `${key}_opened` in texts) key += "_opened";
  return fill(texts[key], { stops: sayStops(now.stops) });
}

function announce() {
  const step = stepNow();
  const said = fill(texts.step_of, { step: now.step + 1, steps: STEPS.length, name: texts[`name_${step.name}`] });
  const operator = step.maps ? shown?.data.operators.find((each) => each.name === now.operator)?.label : "";
  parts.said.textContent = [`${said}.`, sentence(), operator].filter(Boolean).join(" ");
}

function draw() {
  if (!isOpen()) return;
  const step = stepNow();
  const { divider, sides, dialog } = parts;
  dialog.dataset.step = step.name;
  dialog.dataset.screen = screen;
  parts.sentence.textContent = sentence();
  parts.dots.forEach((dot, index) => dot.setAttribute("aria-current", index === now.step ? "step" : "false"));
  parts.exposure.hidden = !step.exposes;
  parts.range.value = now.stops;
  parts.value.textContent = sayStops(now.stops);
  parts.range.setAttribute("aria-label", shown?.data.texts.exposure ?? "");
  parts.range.setAttribute("aria-valuetext", shown ? fill(shown.data.texts.said_exposure, { stops: sayStops(now.stops) }) : "");
  parts.legend.hidden = !showsColors();
  parts.operators.hidden = !step.maps;
  for (const each of parts.operators.children) each.setAttribute("aria-pressed", String(each.dataset.operator === now.operator));
  parts.flip.hidden = !showsHdr() || !CSS.supports("dynamic-range-limit", "standard");
  parts.flip.setAttribute("aria-checked", String(now.hdr));
  parts.full.hidden = Boolean(document.fullscreenElement) || !document.fullscreenEnabled;
  parts.image.hidden = !showsHdr();
  parts.image.style.setProperty("dynamic-range-limit", now.hdr ? "no-limit" : "standard");
  if (showsHdr()) {
    parts.image.alt = shown.data.texts.hdr_alt;
    // Only a screen that can show it fetches it.
    if (parts.image.getAttribute("src") !== shown.data.image) parts.image.src = shown.data.image;
  }
  if (painter.stage.split !== now.split) painter.stage.split = now.split;
  divider.hidden = !splits() || !shown;
  divider.style.left = `${100 * now.split}%`;
  const percent = Math.round(100 * now.split);
  divider.setAttribute("aria-valuenow", percent);
  if (shown) {
    divider.setAttribute("aria-label", shown.data.texts.divider);
    divider.setAttribute("aria-valuetext", fill(shown.data.texts.divider_value, { percent }));
  }
  sides[0].hidden = divider.hidden || now.split < 0.12;
  sides[1].hidden = divider.hidden || now.split > 0.88;
  if (!shown) return;
  parts.canvas.setAttribute("aria-label", sentence());
  painter.paint({
    stops: now.stops,
    split: splits() ? now.split : 1,
    show: showsColors() ? "stops" : "picture",
    operator: step.maps ? now.operator : "exposure",
  });
}

function receive() {
  const message = props.value;
  if (!message) return;
  if (message.kind === "texts") {
    texts = message.texts;
    buildButton();
    const query = new URLSearchParams(location.search);
    if (/^[1-5]$/.test(query.get("present"))) open({ step: query.get("present") - 1, photo: query.get("photo") ?? "" });
  } else if (message.kind === "photo") {
    // A link's key is answered by the name that its photo has here.
    if (!shelf.some((each) => each.photo === wanted) && !entries.has(wanted)) wanted = message.photo;
    shelf = message.shelf;
    const entry = { ...message, drawings: {} };
    entries.set(message.photo, entry);
    if (!message.photo) tell(texts.empty);
    else if (message.photo === wanted) use(entry);
  } else if (message.kind === "drawings") {
    const entry = entries.get(message.photo);
    if (entry) painter.take(entry, message.drawings);
    draw();
  } else if (message.kind === "failed" && (message.photo === wanted || !wanted)) {
    tell(message.message);
  }
}

function pressOnPage(event) {
  if (event.key.toLowerCase() !== "p" || event.ctrlKey || event.metaKey || event.altKey || !texts || isOpen()) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable=true], dialog")) return;
  event.preventDefault();
  open();
}

document.addEventListener("keydown", pressOnPage);
watch("value", receive);
receive();
// For tests and the curious.
place.presentation = { now, open, leave, get painter() { return painter; }, get shown() { return shown; } };
