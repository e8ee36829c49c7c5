// The viewer itself. Runs as the script of a gr.HTML component, whose value is what viewer.py gives it.

const place = element.querySelector(".viewer");
const LOWEST_STOPS = -12;
const HIGHEST_STOPS = 8;
const KEY_STOPS = 0.5;
const PROBE_STEP = 8; // canvas pixels
const RENDITION_DELAY_MS = 250;
const REST_MS = 60;

const state = { stops: -2, operator: "exposure", show: "picture", zebra: false, compare: true, parameters: {} };
let data = null;
let texts = {};
let parts = null; // the elements, once there is a first value
let picture = null;
let stage = null;
let drawing = null;
let waiting = null; // the source that is on its way
let pixel = null;
let frame = 0;
let resting = 0;
let asking = 0;
let asked = "";
let stopsBefore = null; // a file with an exposure of its own
let given = null; // settings that came before the first picture
let told = null; // settings that the page knows of
let telling = 0;

function build() {
  const button = (name, act) => make("button", { type: "button", class: `viewer-${name}`, onclick: act }, texts[name]);
  const tick = (name, set) => {
    const box = make("input", { type: "checkbox", checked: state[name], onchange: () => set(box.checked) });
    return [box, make("label", { class: "viewer-tick" }, box, texts[name])];
  };
  const canvas = make("canvas", { role: "img" });
  const divider = make("div", {
    class: "viewer-divider", role: "slider", tabindex: 0, "aria-label": texts.divider,
    "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": 100,
  });
  const sides = ["photo", "hdr"].map((side) => make("span", { class: `viewer-side ${side}`, "aria-hidden": "true" }));
  const cross = make("span", { class: "viewer-cross", "aria-hidden": "true", hidden: true });
  const scene = make(
    "div",
    { class: "viewer-stage", tabindex: 0, role: "application", "aria-label": texts.stage, onkeydown: pressKey },
    canvas, divider, ...sides, cross,
  );
  const note = make("p", { class: "viewer-note", "aria-live": "polite", hidden: true });
  const probe = make("p", { class: "viewer-probe" });
  const said = make("p", { class: "viewer-said", role: "status" });
  const exposure = makeSlider({
    label: texts.exposure, minimum: LOWEST_STOPS, maximum: HIGHEST_STOPS, step: 0.1, value: state.stops,
    id: "viewer-exposure", change: (stops) => setStops(stops),
  });
  const operator = make("select", { id: "viewer-operator", onchange: () => setOperator(operator.value) });
  for (const each of data.operators) operator.append(make("option", { value: each.name }, each.label));
  operator.value = state.operator;
  const [zebra, zebraLabel] = tick("zebra", (on) => set({ zebra: on }));
  const [compare, compareLabel] = tick("compare", (on) => set({ compare: on }));
  const [colors, colorsLabel] = tick("colors", (on) => set({ show: on ? "stops" : "picture" }));
  const settings = make("div", { class: "viewer-parameters" });
  const range = buildScreen();
  place.replaceChildren(
    make("div", { class: "viewer-bar" },
      make("label", { for: "viewer-operator" }, texts.operator), operator, compareLabel, zebraLabel, colorsLabel),
    scene,
    note,
    make("div", { class: "viewer-exposure" }, exposure.row, button("auto", fitExposure), button("zero", () => setStops(0))),
    make("div", { class: "viewer-bar viewer-zooms" },
      button("out", () => stage.zoomTo(stage.shownZoom / 1.5)), button("fit", () => stage.zoomTo(null)),
      button("whole", () => stage.zoomTo(1)), button("in", () => stage.zoomTo(stage.shownZoom * 1.5)), probe),
    make("div", { class: "viewer-legend", hidden: true }),
    make("details", { class: "viewer-settings" }, make("summary", {}, texts.settings), settings),
    make("div", { class: "viewer-histogram" }),
    range.section,
    make("details", { class: "viewer-keys" }, make("summary", {}, texts.keys_title), make("p", {}, texts.keys)),
    said,
  );
  parts = { canvas, divider, sides, cross, scene, note, probe, said, exposure, operator, zebra, compare, colors, settings, range };
  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault(); // or the browser never gives another
    tell("lost");
  });
  canvas.addEventListener("webglcontextrestored", () => {
    picture.begin();
    tell();
    redraw();
  });
  stage = new Stage(canvas, divider, { changed: redraw, probed: probePixel, exposed: (by) => setStops(state.stops + by) });
  new ResizeObserver(() => stage.fit()).observe(canvas);
  buildSettings();
}

// Part of the page where the picture stands in true HDR, on a screen that can show it.
function buildScreen() {
  const badge = make("p", { class: "viewer-badge", "aria-live": "polite" });
  const image = make("img", { alt: texts.hdr_alt, decoding: "async" });
  const flip = make("button", { type: "button", role: "switch", "aria-checked": "true", class: "viewer-switch" }, texts.hdr_switch);
  const limits = CSS.supports("dynamic-range-limit", "standard");
  const set = (on) => {
    flip.setAttribute("aria-checked", String(on));
    image.style.setProperty("dynamic-range-limit", on ? "no-limit" : "standard");
  };
  flip.addEventListener("click", () => set(flip.getAttribute("aria-checked") !== "true"));
  set(true);
  const frame = make("figure", { class: "viewer-hdr" }, image, make("figcaption", {}, limits ? flip : texts.no_switch));
  const section = make("section", { class: "viewer-screen", "aria-label": texts.hdr_title }, badge, frame);
  const range = { section, badge, image, frame, screen: "standard" };
  range.update = () => {
    section.dataset.screen = range.screen;
    badge.textContent = texts[`screen_${range.screen}`];
    frame.hidden = range.screen !== "high" || !data.image;
    // Only a screen that can show it fetches it.
    if (!frame.hidden && image.getAttribute("src") !== data.image) image.src = data.image;
  };
  followScreen((screen) => {
    range.screen = screen;
    range.update();
  });
  return range;
}

// What is said where it is seen; without a name, nothing.
function tell(name) {
  parts.note.hidden = !name;
  parts.note.textContent = name ? texts[name] : "";
}

function announce(text) {
  parts.said.textContent = text;
}

function redraw() {
  if (!frame) frame = requestAnimationFrame(drawNow);
}

function drawNow() {
  frame = 0;
  if (!picture || !picture.source || !data) return;
  const row = rowOf(state.operator);
  const parameters = parametersOf(row);
  parts.divider.hidden = !state.compare;
  let show = state.show;
  if (row.local) {
    const wanted = JSON.stringify({ operator: row.name, parameters, stops: state.stops });
    if (wanted !== picture.renditionOf) ask(wanted);
    if (show === "picture" && picture.rendition) show = "rendition";
    picture.setOperator("exposure", [1], state.stops, 1);
    tell(wanted === picture.renditionOf ? "by_server" : "server_draws");
  } else {
    const numbers = OPERATORS[row.name](parameters, data.statistics[row.name]);
    picture.setOperator(row.name, numbers, state.stops, parameters.gamma);
    if (asked) tell();
    asked = "";
  }
  picture.draw({ ...stage.view, show, zebra: state.zebra });
  describe(row);
  watchSettings();
  // Reading waits for the graphics processor: when the controls rest.
  clearTimeout(resting);
  resting = setTimeout(() => {
    const light = data.histogram;
    if (drawing) drawing.draw(rowOf(state.operator).local ? null : picture.readCurve(light.low, light.high));
  }, REST_MS);
}

// Words and marks that follow the picture.
function describe(row) {
  const stops = sayStops(state.stops);
  const { divider, sides, canvas, cross } = parts;
  const percent = Math.round(100 * stage.split);
  divider.style.left = `${100 * stage.split}%`;
  divider.setAttribute("aria-valuenow", percent);
  divider.setAttribute("aria-valuetext", fill(texts.divider_value, { percent }));
  sides[0].textContent = fill(texts.side_photo, { stops });
  sides[1].textContent = fill(texts.side_hdr, { stops, operator: row.label });
  sides[0].hidden = !state.compare || stage.split < 0.12;
  sides[1].hidden = state.compare && stage.split > 0.88;
  place.querySelector(".viewer-legend").hidden = state.show !== "stops";
  canvas.setAttribute("aria-label", fill(state.compare ? texts.alt_compare : texts.alt, { stops, operator: row.label }));
  parts.exposure.range.setAttribute("aria-valuetext", fill(texts.said_exposure, { stops }));
  cross.hidden = !pixel;
  if (pixel) {
    const [left, top] = stage.origin;
    const at = [left, top].map((each, axis) => (each + (pixel[axis] + 0.5) * stage.shownZoom) / stage.density);
    cross.style.left = `${at[0]}px`;
    cross.style.top = `${at[1]}px`;
    cross.hidden = !parts.scene.matches(":focus-visible");
  }
}

// Local operators look at the surroundings of a pixel: the server draws them, when the controls rest.
function ask(wanted) {
  if (wanted === asked) return;
  asked = wanted;
  clearTimeout(asking);
  asking = setTimeout(() => trigger("rendition", JSON.parse(wanted)), RENDITION_DELAY_MS);
}

function probePixel(at) {
  pixel = at;
  const read = at && picture && picture.read(...at);
  parts.probe.textContent = read ? sayPixel(at, read) : "";
  describe(rowOf(state.operator));
  return parts.probe.textContent;
}

function sayPixel([column, row], { hdr, photo }) {
  const lit = luminanceOf(hdr);
  const scale = [data.width / picture.source.width, data.height / picture.source.height];
  const text = data.has_unit ? texts.probe : texts.probe_without_unit;
  return fill(text, {
    x: Math.floor((column + 0.5) * scale[0]),
    y: Math.floor((row + 0.5) * scale[1]),
    rgb: hdr.map(sayNumber).join(" "),
    about: data.exact ? "" : "≈ ",
    stops: lit > 0 ? sayStops(Math.log2(lit)) : "−∞",
    nits: sayNumber(lit * LIGHT.nits),
    photo: photo.map(sayNumber).join(" "),
  });
}

function moveProbe(x, y) {
  const step = Math.max(1, Math.round(PROBE_STEP / stage.shownZoom));
  const [column, row] = pixel ?? stage.center.map((each, axis) => Math.floor(each * [stage.width, stage.height][axis]));
  announce(probePixel([clamp(column + x * step, 0, stage.width - 1), clamp(row + y * step, 0, stage.height - 1)]));
}

function pressKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const acts = {
    "[": () => setStops(state.stops - KEY_STOPS),
    "]": () => setStops(state.stops + KEY_STOPS),
    a: fitExposure,
    r: () => setStops(0),
    "+": () => stage.zoomTo(stage.shownZoom * 1.5),
    "=": () => stage.zoomTo(stage.shownZoom * 1.5),
    "-": () => stage.zoomTo(stage.shownZoom / 1.5),
    0: () => stage.zoomTo(null),
    1: () => stage.zoomTo(1),
    z: () => set({ zebra: !state.zebra }),
    c: () => set({ show: state.show === "stops" ? "picture" : "stops" }),
    s: () => set({ compare: !state.compare }),
  };
  if (event.key in arrows) {
    const [x, y] = arrows[event.key];
    if (event.shiftKey) stage.pan(-x * 60, -y * 60);
    else moveProbe(x, y);
  } else if (event.key.toLowerCase() in acts) {
    acts[event.key.toLowerCase()]();
    if ("[]".includes(event.key)) announce(fill(texts.said_exposure, { stops: sayStops(state.stops) }));
  } else {
    return;
  }
  event.preventDefault();
}

async function load() {
  if (!props.value) return;
  data = props.value;
  texts = data.texts;
  if (!parts) build();
  parts.range.update();
  if (!picture) {
    try {
      picture = new PictureOnCanvas(parts.canvas);
    } catch (error) {
      console.warn(error);
      place.classList.add("without-webgl");
      tell("without_webgl");
      trigger("unavailable", {});
      return;
    }
  }
  if (data.rendition) await loadRendition(data.rendition);
  if (waiting && waiting.url === data.url) return;
  waiting?.abort.abort();
  const abort = new AbortController();
  waiting = { url: data.url, abort };
  place.setAttribute("aria-busy", "true");
  try {
    const source = await fetchSource(data, abort.signal);
    if (abort.signal.aborted) return;
    picture.setSource(source);
    drawing = new LightDrawing(texts, data.histogram);
    place.querySelector(".viewer-histogram").replaceChildren(drawing.figure);
    place.querySelector(".viewer-legend").innerHTML = data.legend;
    pixel = null;
    parts.probe.textContent = "";
    picture.rendition = null;
    picture.renditionOf = asked = "";
    tell();
    stage.setPicture(source.width, source.height);
    stage.fit();
    beginStops();
    if (given) apply({});
    place.dataset.drawn = data.url;
  } catch (error) {
    if (abort.signal.aborted) return;
    console.warn(error);
    waiting = null;
    tell("failed");
  } finally {
    if (!abort.signal.aborted) place.removeAttribute("aria-busy");
  }
}

// A file that is HDR already begins at an exposure that shows it; a photo after it, at the one before.
function beginStops() {
  if (data.initial_stops !== null) {
    stopsBefore ??= state.stops;
    setStops(data.initial_stops);
  } else if (stopsBefore !== null) {
    setStops(stopsBefore);
    stopsBefore = null;
  }
}

async function loadRendition({ url, of }) {
  const wanted = JSON.stringify(of);
  if (picture.renditionOf === wanted || asked !== wanted) return;
  try {
    const bitmap = await readPicture(await (await fetchBytes(url)).blob());
    if (asked !== wanted) return; // another was asked for meanwhile
    picture.setRendition(bitmap);
    picture.renditionOf = wanted;
    redraw();
  } catch (error) {
    console.warn(error);
    tell("failed");
  }
}

watch("value", load);
load();
// For the rest of the page, tests and the curious: `settings` and `apply` hold everything that a visitor can choose.
place.viewer = {
  settings, apply, state, drawNow, setStops, setOperator, set, get picture() { return picture; }, get stage() { return stage; },
};
