// Where the picture lies on its canvas: zoom, pan and the divider, by mouse, wheel, touch and keys.

const LARGEST_ZOOM = 32;
const MOVED_PIXELS = 4;
const SHAPES = [0.5, 4]; // narrowest and widest: a panorama is not shown as a line

class Stage {
  // `changed` is called when something else is to be drawn, `probed` with the place of the picture that somebody points
  // at, `picked` with the one that they click or tap; null is beside it.
  constructor(canvas, divider, { changed, probed, picked = probed, exposed }) {
    Object.assign(this, { canvas, divider, changed, probed, picked, exposed });
    this.width = this.height = 1;
    this.center = [0.5, 0.5];
    this.zoom = null; // canvas pixels for each of the picture's; null shows all of it
    this.share = 0.5;
    this.pointers = new Map();
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("dblclick", (event) => this.zoomTo(this.zoom ? null : 1, this.placeOf(event)));
    divider.addEventListener("pointerdown", (event) => {
      divider.setPointerCapture(event.pointerId);
      event.stopPropagation();
    });
    divider.addEventListener("pointermove", (event) => {
      if (divider.hasPointerCapture(event.pointerId)) this.splitAt(event.clientX);
    });
    divider.addEventListener("keydown", (event) => this.dividerKey(event));
  }

  setPicture(width, height) {
    if (width === this.width && height === this.height) return;
    Object.assign(this, { width, height, zoom: null, center: [0.5, 0.5] });
    const shape = clamp(width / height, ...SHAPES);
    this.canvas.style.aspectRatio = shape;
    this.canvas.parentElement.style.maxWidth = `calc(min(70vh, 680px) * ${shape})`;
    this.fit();
  }

  // Gives the canvas as many pixels as the screen has for it.
  fit() {
    const box = this.canvas.getBoundingClientRect();
    const density = Math.min(window.devicePixelRatio || 1, 3);
    const size = [box.width, box.height].map((side) => clamp(Math.round(side * density), 1, 4096));
    if (this.canvas.width !== size[0]) this.canvas.width = size[0];
    if (this.canvas.height !== size[1]) this.canvas.height = size[1];
    this.changed();
  }

  get fitZoom() {
    return Math.min(this.canvas.width / this.width, this.canvas.height / this.height);
  }

  get shownZoom() {
    return this.zoom ?? this.fitZoom;
  }

  get density() {
    return this.canvas.width / Math.max(this.canvas.getBoundingClientRect().width, 1);
  }

  // The picture's upper left corner on the canvas, in its pixels from above.
  get origin() {
    const zoom = this.shownZoom;
    const sides = [[this.canvas.width, this.width], [this.canvas.height, this.height]];
    return sides.map(([canvas, picture], axis) => {
      const shown = picture * zoom;
      if (shown <= canvas) return (canvas - shown) / 2;
      return Math.round(clamp(canvas / 2 - this.center[axis] * shown, canvas - shown, 0));
    });
  }

  get view() {
    const [left, top] = this.origin;
    const zoom = this.shownZoom;
    return {
      corner: [left, this.canvas.height - top - this.height * zoom],
      zoom,
      divider: this.divider.hidden ? -1 : Math.round(this.split * this.canvas.width),
      stripe: 5 * this.density,
    };
  }

  placeOf({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [(clientX - box.left) * this.density, (clientY - box.top) * this.density];
  }

  // What place of the picture, in its pixels, lies at one of the canvas.
  pointAt(place) {
    const origin = this.origin;
    const [x, y] = place.map((each, axis) => (each - origin[axis]) / this.shownZoom);
    return x >= 0 && y >= 0 && x < this.width && y < this.height ? [x, y] : null;
  }

  // Zooms so that what lies at a place of the canvas stays there.
  zoomTo(zoom, place = [this.canvas.width / 2, this.canvas.height / 2]) {
    const origin = this.origin;
    const at = place.map((each, axis) => (each - origin[axis]) / this.shownZoom);
    this.zoom = zoom === null || zoom <= this.fitZoom ? null : Math.min(zoom, LARGEST_ZOOM);
    const canvas = [this.canvas.width, this.canvas.height];
    const picture = [this.width, this.height];
    this.centerOn(at.map((each, axis) => (each + (canvas[axis] / 2 - place[axis]) / this.shownZoom) / picture[axis]));
  }

  centerOn(center) {
    const canvas = [this.canvas.width, this.canvas.height];
    const picture = [this.width, this.height];
    this.center = center.map((each, axis) => {
      const half = canvas[axis] / (2 * picture[axis] * this.shownZoom);
      return half >= 0.5 ? 0.5 : clamp(each, half, 1 - half);
    });
    // A finger that moves over the whole picture scrolls the page; over a part of it, the picture.
    this.canvas.style.touchAction = this.zoom ? "none" : "pan-y";
    this.changed();
  }

  pan(x, y) {
    const sides = [this.width, this.height];
    this.centerOn([x, y].map((each, axis) => this.center[axis] - each / (sides[axis] * this.shownZoom)));
  }

  splitAt(clientX) {
    const box = this.canvas.getBoundingClientRect();
    this.split = (clientX - box.left) / box.width;
  }

  // Where the divider stands, as a share of the width from the left.
  get split() {
    return this.share;
  }

  set split(share) {
    this.share = clamp(share, 0, 1);
    this.changed();
  }

  down(event) {
    if (event.button > 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.placeOf(event));
    this.moved = this.pointers.size > 1;
    this.began = this.placeOf(event);
  }

  move(event) {
    const place = this.placeOf(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      this.probed(this.pointAt(place));
      return;
    }
    if (!this.moved && Math.hypot(place[0] - this.began[0], place[1] - this.began[1]) < MOVED_PIXELS) return;
    this.moved = true;
    this.pointers.set(event.pointerId, place);
    if (this.pointers.size === 2) {
      const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, each]) => each);
      const distance = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
      this.pan((place[0] - before[0]) / 2, (place[1] - before[1]) / 2);
      const middle = [(place[0] + other[0]) / 2, (place[1] + other[1]) / 2];
      this.zoomTo((this.shownZoom * distance(place)) / Math.max(distance(before), 1), middle);
    } else if (this.zoom) {
      this.pan(place[0] - before[0], place[1] - before[1]);
    } else if (!this.divider.hidden) {
      this.splitAt(event.clientX);
    }
  }

  up(event) {
    if (this.pointers.delete(event.pointerId) && !this.moved && event.type === "pointerup")
      this.picked(this.pointAt(this.placeOf(event)));
  }

  wheel(event) {
    const turned = event.deltaY || event.deltaX; // with Shift, some systems turn the wheel sideways
    if (event.ctrlKey || event.metaKey)
      this.zoomTo(this.shownZoom * 2 ** (-clamp(turned, -100, 100) / 200), this.placeOf(event));
    else if (event.shiftKey || event.altKey) this.exposed(-Math.sign(turned) / 4);
    else return; // the page scrolls
    event.preventDefault();
  }

  dividerKey(event) {
    const steps = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1 };
    if (event.key in steps) this.split += steps[event.key];
    else if (event.key === "Home") this.split = 0;
    else if (event.key === "End") this.split = 1;
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
