// What this screen can do: the badge, the picture in true HDR with its switch, and the viewer's own light beyond white.

let extended = null; // what draws it
let beginning = false;
let tries = 3; // a device that is lost again and again is not asked for for ever
let wantsHdr = true;

function buildScreen() {
  const badge = make("p", { class: "viewer-badge", "aria-live": "polite" });
  const image = make("img", { alt: texts.hdr_alt, decoding: "async" });
  const flip = make("button", {
    type: "button", role: "switch", "aria-checked": "true", class: "viewer-switch", onclick: () => switchHdr(!wantsHdr),
  }, texts.hdr_switch);
  const limits = CSS.supports("dynamic-range-limit", "standard");
  const caption = make("figcaption", {}, limits ? flip : texts.no_switch);
  const frame = make("figure", { class: "viewer-hdr" }, image, caption);
  const also = make("p", { class: "viewer-also", hidden: true });
  const section = make("section", { class: "viewer-screen", "aria-label": texts.hdr_title }, badge, also, frame);
  const canvas = make("canvas", { class: "viewer-beyond", "aria-hidden": "true", hidden: true });
  const range = { section, badge, image, frame, caption, flip, also, canvas, limits, screen: "standard" };
  followScreen((screen) => {
    range.screen = screen;
    if (parts) updateScreen();
  });
  return range;
}

const hasHdr = () => parts.range.screen === "high" && Boolean(data.image);

function updateScreen() {
  const { section, badge, image, frame, caption, flip, also, limits, screen } = parts.range;
  section.dataset.screen = screen;
  badge.textContent = texts[`screen_${screen}`];
  frame.hidden = !hasHdr();
  // Only a screen that can show it fetches it.
  if (hasHdr() && image.getAttribute("src") !== data.image) image.src = data.image;
  also.hidden = !extended || !hasHdr();
  also.textContent = fill(texts.extended, { operator: rowOf("exposure").label });
  flip.hidden = !hasHdr();
  if (extended) parts.bar.append(flip);
  else if (limits) caption.append(flip);
  else flip.remove();
  switchHdr(wantsHdr);
  if (hasHdr() && !extended) beginExtended();
}

function switchHdr(on) {
  wantsHdr = on;
  const { flip, image } = parts.range;
  flip.setAttribute("aria-checked", String(on));
  image.style.setProperty("dynamic-range-limit", on ? "no-limit" : "standard");
  redraw();
}

async function beginExtended() {
  if (beginning || !tries) return;
  beginning = true;
  tries -= 1;
  const begun = await ExtendedPicture.begin(parts.range.canvas, () => {
    if (extended !== begun) return;
    extended = null;
    updateScreen();
  });
  beginning = false;
  if (!begun) return;
  extended = begun;
  parts.canvas.after(parts.range.canvas);
  updateScreen();
}

// Whether the picture goes beyond white: stripes, colours and the other operators are made for ordinary displays.
function drawBeyond(row, parameters, show) {
  const on = Boolean(extended) && hasHdr() && wantsHdr && row.name === "exposure" && show === "picture" && !state.zebra;
  parts.range.canvas.hidden = !on;
  parts.scene.classList.toggle("beyond", on);
  if (!on) return;
  extended.setSource(picture.source);
  extended.draw(stage.view, 2 ** state.stops * OPERATORS.exposure(parameters)[0], parameters.gamma, stage.canvas);
}

const isBeyond = () => parts.scene.classList.contains("beyond");
