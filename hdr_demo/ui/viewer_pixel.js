// The numbers of a pixel: at once what the browser has of it, and when the pointer rests what the server has, exactly.

const PROBE_STEP = 8; // canvas pixels
const POINTER_REST_MS = 250;
const ANSWER_MS = 5000;

let pixel = null; // under the pointer or the keys: column and row of the photo at its full size
let pinned = null; // one that stays
let exact = new Map(); // pixel: what the server said
let asking = 0;
let rested = null; // where the pointer last came to rest
let inFlight = 0; // until when an answer is waited for

const isSame = (one, other) => String(one) === String(other);
// Pixels of the photo for each of the picture's.
const fineness = () => [data.width / stage.width, data.height / stage.height];

// The pixel at a place of the picture, and the place where its middle lies.
function pixelOf(place) {
  const size = [data.width, data.height];
  return place.map((each, axis) => clamp(Math.floor(each * fineness()[axis]), 0, size[axis] - 1));
}

const placeOfPixel = (at) => at.map((each, axis) => (each + 0.5) / fineness()[axis]);

function probePixel(at) {
  const isNew = !isSame(at, pixel);
  pixel = at;
  const said = at ? sayPixel(at) : "";
  sayProbe(said);
  markPixels();
  if (isNew) {
    // Only of a pixel that is new: nothing is asked for when a slider is moved.
    clearTimeout(asking);
    asking = setTimeout(() => {
      rested = pixel;
      askForPixels();
    }, POINTER_REST_MS);
  }
  return said;
}

// The pinned pixel says its numbers itself.
function sayProbe(said) {
  parts.probe.textContent = pinned && isSame(pixel, pinned) ? "" : said;
}

// Keeps a pixel in sight; a second time, or null, lets it go.
function pinPixel(at) {
  pinned = at && !isSame(at, pinned) ? at : null;
  parts.pin.hidden = !pinned;
  sayPinned();
  probePixel(at ?? pixel);
  askForPixels();
}

function sayPinned() {
  const said = pinned ? fill(texts.pinned, { pixel: sayPixel(pinned) }) : "";
  if (said !== parts.pinSaid.textContent && exact.has(String(pinned))) announce(said);
  parts.pinSaid.textContent = said;
}

// One question at a time; the next follows the answer.
function askForPixels() {
  const at = [pinned, rested].find((each) => each && !exact.has(String(each)));
  if (!at || performance.now() < inFlight) return;
  inFlight = performance.now() + ANSWER_MS;
  trigger("pixel", { url: data.url, x: at[0], y: at[1] });
}

function receivePixel() {
  const { answer } = props;
  if (!answer || !data || answer.url !== data.url) return; // of another picture
  exact.set(String([answer.x, answer.y]), answer);
  inFlight = 0;
  if (pixel) sayProbe(sayPixel(pixel));
  sayPinned();
  askForPixels();
}

// Another picture: numbers of the last one say nothing of it. A pinned pixel stays where the size does.
function forgetPixels(isAlike) {
  clearTimeout(asking);
  exact = new Map();
  inFlight = 0;
  pixel = rested = null;
  const kept = isAlike ? pinned : null;
  pinned = null;
  pinPixel(kept);
}

function sayPixel(at) {
  const known = exact.get(String(at)) ?? estimatePixel(at);
  if (!known) return "";
  const { hdr, codes, clipped, stored, alpha, about } = known;
  const sayEach = (channels) => channels.map(about === undefined ? sayExactly : sayNumber).join(" ");
  const lit = luminanceOf(hdr);
  const [x, y] = at;
  const said = [fill(data.has_unit ? texts.probe : texts.probe_without_unit, {
    x, y,
    rgb: sayEach(hdr),
    about: about ?? "",
    stops: lit > 0 ? sayStops(Math.log2(lit)) : "−∞",
    nits: sayEach([Math.max(lit, 0) * LIGHT.nits]),
    photo: codes.join(" ") + (clipped ? ` ${texts.clipped}` : ""),
  })];
  if (stored) said.push(fill(texts.stored, { rgb: sayEach(stored) }));
  if (alpha !== undefined && alpha < 1) said.push(fill(texts.opacity, { percent: Math.round(100 * alpha) }));
  return said.join(" · ");
}

// What the graphics processor has of a pixel.
function estimatePixel(at) {
  const sizes = [stage.width, stage.height];
  const read = picture?.read(...placeOfPixel(at).map((each, axis) => clamp(Math.floor(each), 0, sizes[axis] - 1)));
  if (!read) return null;
  const codes = read.photo.map((light) => Math.round(255 * encodeChannel(light)));
  return {
    hdr: read.hdr, codes, clipped: Math.max(...codes) >= Math.round(255 * LIGHT.clippedCode), about: data.exact ? "" : "≈ ",
  };
}

const encodeChannel = (light) =>
  light <= 0.0031308 ? 12.92 * Math.max(light, 0) : 1.055 * Math.min(light, 1) ** (1 / 2.4) - 0.055;

function moveProbe(x, y) {
  const start = pixel ?? pixelOf(stage.center.map((each, axis) => each * [stage.width, stage.height][axis]));
  const sizes = [data.width, data.height];
  const steps = fineness().map((each) => Math.max(1, Math.round((each * PROBE_STEP) / stage.shownZoom)));
  announce(probePixel([x, y].map((by, axis) => clamp(start[axis] + by * steps[axis], 0, sizes[axis] - 1))));
}

// The rings around the pixel that keys move, and around the pinned one.
function markPixels() {
  const [left, top] = stage.origin;
  for (const [ring, at] of [[parts.cross, pixel], [parts.mark, pinned]]) {
    ring.hidden = !at;
    if (!at) continue;
    const [x, y] = placeOfPixel(at);
    ring.style.left = `${(left + x * stage.shownZoom) / stage.density}px`;
    ring.style.top = `${(top + y * stage.shownZoom) / stage.density}px`;
  }
  if (!parts.scene.matches(":focus-visible")) parts.cross.hidden = true;
}
