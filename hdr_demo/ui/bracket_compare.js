// The wipe of the tab Bracket: any two of several pictures of one size under one divider, with zoom. Runs as the script
// of a gr.HTML component after viewer_controls.js and viewer_stage.js; its value is what bracket_compare.py gives it.

const place = element.querySelector(".wipe");
const SIDES = ["left", "right"];
const FAR = 60; // canvas pixels that an arrow key moves the picture by
const pictures = new Map(); // by key: the image, its name, its address
let data = null;
let texts = {};
let parts = null;
let stage = null;
let frame = 0;
let shown = {};

const redraw = () => {
  frame ||= requestAnimationFrame(draw);
};

function build() {
  const button = (name, onclick) => {
    const text = texts[name];
    return make("button", { type: "button", class: `wipe-${name}`, title: text, "aria-label": text, onclick });
  };
  const canvas = make("canvas", { role: "img" });
  const divider = make("div", {
    class: "viewer-divider", role: "slider", tabindex: 0, "aria-label": texts.divider,
    "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": 100,
  });
  const names = ["photo", "hdr"].map((side) => make("span", { class: `viewer-side ${side}`, "aria-hidden": "true" }));
  const selects = SIDES.map((side) =>
    make("select", { "data-side": side, onchange: ({ target }) => choose(side, target.value) }));
  const legend = make("div", { class: "wipe-legend", hidden: true });
  const said = make("p", { class: "wipe-said", role: "status" });
  const scene = make("div", {
    class: "viewer-stage", tabindex: 0, role: "group", "aria-label": texts.stage, onkeydown: pressKey,
  }, canvas, divider, ...names);
  place.replaceChildren(
    make("div", { class: "wipe-bar" },
      make("label", {}, make("span", {}, texts.left), selects[0]),
      button("swap", swap),
      make("label", {}, make("span", {}, texts.right), selects[1])),
    scene,
    make("div", { class: "wipe-bar wipe-zooms" },
      button("out", () => stage.zoomTo(stage.shownZoom / 1.5)), button("fit", () => stage.zoomTo(null)),
      button("whole", () => stage.zoomTo(1)), button("in", () => stage.zoomTo(stage.shownZoom * 1.5)),
      make("span", { class: "wipe-keys" }, texts.keys)),
    legend,
    said,
  );
  parts = { canvas, divider, names, selects, legend, said };
  stage = new Stage(canvas, divider, { changed: redraw, probed: () => {}, exposed: () => {} });
  new ResizeObserver(() => stage.fit()).observe(canvas);
}

function load() {
  if (!props.value) return;
  data = props.value;
  texts = data.texts;
  if (!parts) build();
  pictures.clear();
  for (const { key, name, url } of data.pictures) pictures.set(key, { name, url, image: null });
  for (const select of parts.selects)
    select.replaceChildren(...data.pictures.map(({ key, name }) => make("option", { value: key }, name)));
  parts.legend.innerHTML = data.legend;
  stage.setPicture(data.width, data.height);
  shown = {};
  SIDES.forEach((side) => choose(side, data[side]));
  // The rest when these two are there: whoever chooses another then does not wait.
  const first = SIDES.map((side) => fetchPicture(data[side]));
  Promise.allSettled(first).then(() => pictures.forEach((_, key) => fetchPicture(key)));
}

function fetchPicture(key) {
  const picture = pictures.get(key);
  if (!picture.image) {
    picture.image = new Image();
    picture.image.src = picture.url;
    picture.ready = picture.image.decode().then(redraw, () => {
      if (pictures.get(key) === picture && Object.values(shown).includes(key)) parts.said.textContent = texts.gone;
      picture.image = null; // another try when it is chosen again
    });
  }
  return picture.ready;
}

function choose(side, key) {
  shown[side] = key;
  parts.selects[SIDES.indexOf(side)].value = key;
  parts.said.textContent = "";
  fetchPicture(key);
  redraw();
}

function swap() {
  const { left, right } = shown;
  choose("left", right);
  choose("right", left);
}

function pressKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const arrows = { ArrowLeft: [FAR, 0], ArrowRight: [-FAR, 0], ArrowUp: [0, FAR], ArrowDown: [0, -FAR] };
  const acts = {
    "+": () => stage.zoomTo(stage.shownZoom * 1.5),
    "=": () => stage.zoomTo(stage.shownZoom * 1.5),
    "-": () => stage.zoomTo(stage.shownZoom / 1.5),
    0: () => stage.zoomTo(null),
    1: () => stage.zoomTo(1),
    s: swap,
  };
  if (event.key in arrows && stage.zoom) stage.pan(...arrows[event.key]);
  else if (event.key.toLowerCase() in acts) acts[event.key.toLowerCase()]();
  else return; // the page scrolls
  event.preventDefault();
}

function draw() {
  frame = 0;
  const { canvas, divider, names, legend } = parts;
  const context = canvas.getContext("2d");
  const [left, top] = stage.origin;
  const zoom = stage.shownZoom;
  const { divider: split } = stage.view;
  context.imageSmoothingEnabled = zoom < 2; // from there on, pixels are to be seen
  context.imageSmoothingQuality = "high";
  context.clearRect(0, 0, canvas.width, canvas.height);
  const images = SIDES.map((side) => pictures.get(shown[side]).image);
  const ready = images.map((image) => image?.complete && image.naturalWidth && image);
  [[0, split], [split, canvas.width]].forEach(([from, to], index) => {
    if (!ready[index] || to <= from) return;
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, canvas.height);
    context.clip();
    context.drawImage(ready[index], left, top, data.width * zoom, data.height * zoom);
    context.restore();
  });
  const percent = Math.round(100 * stage.split);
  const said = Object.fromEntries(SIDES.map((side) => [side, pictures.get(shown[side]).name]));
  divider.style.left = `${100 * stage.split}%`;
  divider.setAttribute("aria-valuenow", percent);
  divider.setAttribute("aria-valuetext", fill(texts.divider_value, { ...said, percent }));
  canvas.setAttribute("aria-label", fill(texts.alt, said));
  names.forEach((name, index) => {
    name.textContent = said[SIDES[index]];
    name.hidden = index ? stage.split > 0.88 : stage.split < 0.12;
  });
  legend.hidden = !Object.values(shown).includes(data.map);
  // For tests.
  if (ready.every(Boolean)) place.dataset.drawn = `${shown.left} ${shown.right}`;
}

watch("value", load);
load();
