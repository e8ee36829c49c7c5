// The viewer itself. Runs as the script of a gr.HTML component, whose value is what viewer.py gives it.

const place = element.querySelector(".viewer");
const LOWEST_STOPS = -12;
const HIGHEST_STOPS = 8;
const KEY_STOPS = 0.5;
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
let frame = 0;
let resting = 0;
let askingRendition = 0;
let asked = "";
let stopsBefore = null; // a file with an exposure of its own
let lastSize = "";
let given = null; // settings that came before the first picture
let told = null; // settings that the page knows of
let telling = 0;

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
  drawBeyond(row, parameters, show);
  describe(row);
  watchSettings();
  // Reading waits for the graphics processor: when the controls rest.
  clearTimeout(resting);
  resting = setTimeout(() => {
    const light = data.histogram;
    if (drawing) drawing.draw(rowOf(state.operator).local ? null : picture.readCurve(light.low, light.high), isBeyond());
  }, REST_MS);
}

// Words and marks that follow the picture.
function describe(row) {
  const stops = sayStops(state.stops);
  const { divider, sides, canvas } = parts;
  const percent = Math.round(100 * stage.split);
  divider.style.left = `${100 * stage.split}%`;
  divider.setAttribute("aria-valuenow", percent);
  divider.setAttribute("aria-valuetext", fill(texts.divider_value, { percent }));
  sides[0].textContent = fill(texts.side_photo, { stops });
  sides[1].textContent = fill(isBeyond() ? texts.side_true : texts.side_hdr, { stops, operator: row.label });
  sides[0].hidden = !state.compare || stage.split < 0.12;
  sides[1].hidden = state.compare && stage.split > 0.88;
  place.querySelector(".viewer-legend").hidden = state.show !== "stops";
  canvas.setAttribute("aria-label", fill(state.compare ? texts.alt_compare : texts.alt, { stops, operator: row.label }));
  parts.exposure.range.setAttribute("aria-valuetext", fill(texts.said_exposure, { stops }));
  markPixels();
}

// Local operators look at the surroundings of a pixel: the server draws them, when the controls rest.
function ask(wanted) {
  if (wanted === asked) return;
  asked = wanted;
  clearTimeout(askingRendition);
  askingRendition = setTimeout(() => trigger("rendition", JSON.parse(wanted)), RENDITION_DELAY_MS);
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
    p: () => pinPixel(pixel),
    f: () => fillScreen(!isFull()),
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
  updateScreen();
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
    picture.rendition = null;
    picture.renditionOf = asked = "";
    tell();
    stage.setPicture(source.width, source.height);
    stage.fit();
    const size = String([data.width, data.height]);
    forgetPixels(size === lastSize);
    lastSize = size;
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
watch("answer", receivePixel);
load();
// For the rest of the page, tests and the curious: `settings` and `apply` hold everything that a visitor can choose.
place.viewer = {
  settings, apply, state, drawNow, setStops, setOperator, set, get picture() { return picture; }, get stage() { return stage; },
  get extended() { return extended; },
};
