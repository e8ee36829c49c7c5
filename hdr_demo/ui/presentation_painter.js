// Draws what a presentation shows into its frame: with WebGL, or from drawings of the server where there is none.

// Enlarged for a projector, pixels run into one another; the viewer shows them one by one.
class SmoothPicture extends PictureOnCanvas {
  program(choices) {
    return super.program({ ...choices, zoom: Math.min(choices.zoom ?? 1, 0.5) });
  }
}

// The frame is as large as the hall allows. A finger that moves over it goes to another step; a mouse moves the divider.
class LectureStage extends Stage {
  setPicture(width, height) {
    Object.assign(this, { width, height, zoom: null, center: [0.5, 0.5] });
    this.fit();
  }

  centerOn(center) {
    super.centerOn(center);
    this.canvas.style.touchAction = "none";
  }

  move(event) {
    if (this.pointers.size > 1 || this.zoom || event.pointerType !== "touch") super.move(event);
  }
}

function makePainter(parts, events) {
  try {
    return new LivePainter(parts, events);
  } catch (error) {
    console.warn(error);
    return new DrawnPainter(parts, events);
  }
}

const makeStage = ({ canvas, divider }, { changed }) => {
  const stage = new LectureStage(canvas, divider, { changed, probed: () => {}, exposed: () => {} });
  new ResizeObserver(() => stage.fit()).observe(canvas);
  return stage;
};

class LivePainter {
  constructor(parts, events) {
    Object.assign(this, { live: true, events, entry: null, rendition: null });
    this.picture = new SmoothPicture(parts.canvas);
    this.stage = makeStage(parts, events);
    parts.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    parts.canvas.addEventListener("webglcontextrestored", () => {
      this.picture.begin();
      events.changed();
    });
  }

  fetch({ data }) {
    return fetchSource(data);
  }

  show(entry) {
    Object.assign(this, { entry, rendition: null });
    this.picture.setSource(entry.source);
    this.stage.setPicture(entry.source.width, entry.source.height);
  }

  async take(entry, drawings) {
    for (const [name, url] of Object.entries(drawings)) {
      entry.drawings[name] = await readPicture(await (await fetchBytes(url)).blob());
    }
    this.events.changed();
  }

  paint({ stops, split, show, operator }) {
    const { data, drawings, photo } = this.entry;
    const row = data.operators.find((each) => each.name === operator);
    const parameters = Object.fromEntries(row.parameters.map((each) => [each.name, each.default]));
    let seen = show;
    if (row.local) {
      // It looks at the surroundings of a pixel: the server draws it.
      const drawn = drawings[`tone-${operator}`];
      if (drawn === undefined) {
        drawings[`tone-${operator}`] = null;
        this.events.asked(photo, [`tone-${operator}`]);
      }
      if (drawn && this.rendition !== drawn) this.picture.setRendition(drawn);
      this.rendition = drawn || this.rendition;
      if (drawn) seen = "rendition";
      this.picture.setOperator("exposure", [1], stops, 1);
    } else {
      this.picture.setOperator(operator, OPERATORS[operator](parameters, data.statistics[operator]), stops, parameters.gamma);
    }
    const { canvas } = this.picture;
    this.picture.draw({ ...this.stage.view, divider: Math.round(split * canvas.width), show: seen, zebra: false });
  }
}

class DrawnPainter {
  constructor(parts, events) {
    Object.assign(this, { live: false, darkest: -6, events, entry: null });
    this.images = ["photo", "hdr"].map((side) => make("img", { class: `lecture-drawn ${side}`, alt: "" }));
    parts.canvas.after(this.images[1], this.images[0]);
    this.stage = makeStage(parts, events);
  }

  exposure(side, stops) {
    const whole = clamp(Math.round(stops), this.darkest, 0);
    return `${side}${whole < 0 ? "" : "+"}${Math.abs(whole) ? whole : 0}`;
  }

  fetch({ data }) {
    return data.view;
  }

  show(entry) {
    this.entry = entry;
    this.stage.setPicture(entry.source.width, entry.source.height);
    const names = ["photo-colors", "hdr-colors"];
    for (let stops = 0; stops >= this.darkest; stops -= 1) names.push(this.exposure("photo", stops), this.exposure("hdr", stops));
    this.ask(names);
  }

  ask(names) {
    const { photo, drawings } = this.entry;
    const missing = names.filter((name) => !(name in drawings));
    for (const name of missing) drawings[name] = null;
    if (missing.length) this.events.asked(photo, missing);
  }

  take(entry, drawings) {
    Object.assign(entry.drawings, drawings);
  }

  paint({ stops, split, show, operator }) {
    const mapped = operator === "exposure" ? this.exposure("hdr", stops) : `tone-${operator}`;
    const names = show === "stops" ? ["photo-colors", "hdr-colors"] : [this.exposure("photo", stops), mapped];
    this.ask(names);
    this.images.forEach((image, side) => {
      const url = this.entry.drawings[names[side]];
      if (url && image.getAttribute("src") !== url) image.src = url;
    });
    this.images[0].style.clipPath = `inset(0 ${100 * (1 - split)}% 0 0)`;
  }
}
