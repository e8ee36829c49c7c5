// Small parts of the viewer: elements, numbers as people write them, the histogram.

// Makes an element; properties that begin with "on" are listeners, others are attributes.
function make(tag, properties = {}, ...children) {
  const svg = ["svg", "path", "line", "rect", "g"].includes(tag);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// As text.py writes them: "−2", "0", "+1.5".
function sayStops(stops) {
  const rounded = Math.round(10 * stops) / 10;
  if (!rounded) return "0";
  return (rounded > 0 ? "+" : "−") + String(Math.abs(rounded));
}

function sayNumber(value) {
  if (value >= 1000) return String(Math.round(value));
  return value >= 0.0995 || value === 0 ? value.toPrecision(3).replace(/\.?0+$/, "") : value.toFixed(4);
}

function sayExactly(value) {
  return String(Number(value.toPrecision(5))).replace("-", "−");
}

// A row with a label, a slider and its value, which can be typed.
function makeSlider({ label, minimum, maximum, step, value, change, id }) {
  const set = (event) => {
    const number = clamp(Number(event.target.value), minimum, maximum);
    if (!Number.isFinite(number)) return;
    if (event.target === range) box.value = number;
    else range.value = number;
    change(number);
  };
  const range = make("input", { type: "range", id, min: minimum, max: maximum, step, value, oninput: set });
  const box = make("input", { type: "number", min: minimum, max: maximum, step, value, "aria-label": label, onchange: set });
  const row = make("div", { class: "slider-row" }, make("label", { for: id }, label), range, box);
  const write = (number) => {
    range.value = number;
    box.value = Math.round(1000 * number) / 1000;
  };
  return { row, range, box, write };
}

// How much light there is, what of it the display shows, and as what.
class LightDrawing {
  constructor(texts, histogram) {
    const { low, high, photo, hdr } = histogram;
    Object.assign(this, { texts, low, high });
    const step = (high - low) / hdr.length;
    // A square root keeps a few bright pixels visible beside many dark ones.
    const highest = Math.sqrt(Math.max(...photo, ...hdr, 1e-9));
    const outline = (shares) => {
      const steps = shares.map((share, bin) => {
        const y = (100 * (1 - Math.sqrt(share) / highest)).toFixed(2);
        return `L${low + bin * step} ${y}L${low + (bin + 1) * step} ${y}`;
      });
      return `M${low} 100${steps.join("")}L${high} 100Z`;
    };
    this.range = make("rect", { class: "range", y: 0, height: 100 });
    this.curve = make("path", { class: "curve" });
    this.picture = make(
      "svg",
      { viewBox: `${low} 0 ${high - low} 100`, preserveAspectRatio: "none", role: "img", "aria-label": texts.light_title },
      this.range,
      make("path", { class: "photo", d: outline(photo) }),
      make("path", { class: "hdr", d: outline(hdr) }),
      this.curve,
      make("line", { class: "clip", x1: 0, x2: 0, y1: 0, y2: 100 }),
    );
    this.said = make("p", { class: "viewer-range" });
    const key = (name) => make("span", { class: `key ${name}` }, texts[`key_${name}`]);
    const numbers = make("div", { class: "ticks", "aria-hidden": "true" });
    for (let stops = low; stops <= high; stops += 2) {
      const left = (100 * (stops - low)) / (high - low);
      numbers.append(make("span", { style: `left:${left.toFixed(2)}%` }, sayStops(stops)));
    }
    this.figure = make(
      "figure",
      { class: "histogram viewer-light" },
      make("figcaption", {}, texts.light_title, key("photo"), key("hdr"), key("curve")),
      make("div", { class: "plot" }, this.picture),
      numbers,
      make("div", { class: "axis" }, texts.light_axis),
      this.said,
    );
  }

  // `codes`: what equal steps of light from `low` to `high` are shown as; null where nobody knows. `isBeyond`: whether
  // the display goes beyond white, as far as it can.
  draw(codes, isBeyond = false) {
    for (const part of [this.range, this.curve]) part.style.display = codes ? "" : "none";
    this.said.textContent = "";
    if (codes) {
      const stopsAt = (index) => this.low + ((this.high - this.low) * index) / (codes.length - 1);
      const white = codes.findIndex((code) => code === 255);
      const from = stopsAt(Math.max(codes.findIndex((code) => code > 0), 0));
      const ends = white >= 0 && !isBeyond;
      const to = ends ? stopsAt(white) : this.high;
      this.range.setAttribute("x", from);
      this.range.setAttribute("width", Math.max(to - from, 0));
      const points = codes.map((code, index) => `${stopsAt(index).toFixed(3)} ${(100 - code / 2.55).toFixed(1)}`);
      this.curve.setAttribute("d", `M${points.join("L")}`);
      const values = { low: sayStops(from), high: sayStops(to) };
      this.said.textContent = fill(isBeyond ? this.texts.range_true : ends ? this.texts.range : this.texts.range_all, values);
    }
    this.picture.setAttribute("aria-label", `${this.texts.light_title}. ${this.said.textContent}`);
  }
}
