// The elements of the viewer, and what happens when they are used.
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
  const range = buildScreen();
  const sides = ["photo", "hdr"].map((side) => make("span", { class: `viewer-side ${side}`, "aria-hidden": "true" }));
  const [cross, mark] = ["cross", "mark"].map((name) => make("span", { class: `viewer-${name}`, "aria-hidden": "true", hidden: true }));
  const scene = make(
    "div",
    { class: "viewer-stage", tabindex: 0, role: "application", "aria-label": texts.stage, onkeydown: pressKey },
    canvas, divider, ...sides, cross, mark,
  );
  const note = make("p", { class: "viewer-note", "aria-live": "polite", hidden: true });
  const probe = make("p", { class: "viewer-probe" });
  const pinSaid = make("span", {});
  const pin = make("p", { class: "viewer-probe viewer-pin", hidden: true }, pinSaid, button("unpin", () => pinPixel(null)));
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
  const full = button("full", () => fillScreen(!isFull()));
  full.setAttribute("aria-pressed", "false");
  const bar = make("div", { class: "viewer-bar" },
    make("label", { for: "viewer-operator" }, texts.operator), operator, compareLabel, zebraLabel, colorsLabel);
  place.replaceChildren(
    bar,
    scene,
    note,
    make("div", { class: "viewer-exposure" }, exposure.row, button("auto", fitExposure), button("zero", () => setStops(0))),
    make("div", { class: "viewer-bar viewer-zooms" },
      button("out", () => stage.zoomTo(stage.shownZoom / 1.5)), button("fit", () => stage.zoomTo(null)),
      button("whole", () => stage.zoomTo(1)), button("in", () => stage.zoomTo(stage.shownZoom * 1.5)), full),
    make("div", { class: "viewer-pixels" }, probe, pin),
    make("div", { class: "viewer-legend", hidden: true }),
    make("details", { class: "viewer-settings" }, make("summary", {}, texts.settings), settings),
    make("div", { class: "viewer-histogram" }),
    range.section,
    make("details", { class: "viewer-keys" }, make("summary", {}, texts.keys_title), make("p", {}, texts.keys)),
    said,
  );
  parts = {
    canvas, divider, sides, cross, mark, scene, note, probe, pin, pinSaid, said, exposure, operator, zebra, compare, colors,
    settings, range, full, bar,
  };
  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault(); // or the browser never gives another
    tell("lost");
  });
  canvas.addEventListener("webglcontextrestored", () => {
    picture.begin();
    tell();
    redraw();
  });
  stage = new Stage(canvas, divider, {
    changed: redraw,
    probed: (place) => probePixel(place && pixelOf(place)),
    picked: (place) => place && pinPixel(pixelOf(place)),
    exposed: (by) => setStops(state.stops + by),
  });
  new ResizeObserver(() => stage.fit()).observe(canvas);
  buildSettings();
}
