// Draws a source on a canvas with WebGL2. Keeps what a new context needs when the old one is lost.

const RAMP_SIZE = 241;
const TEXTURES = ["photo", "light", "rendition", "opacity"];

class PictureOnCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.source = null;
    this.rendition = null;
    this.values = {}; // of the uniforms: how each is set, and to what
    Object.assign(this, { operator: OPERATOR_NAMES[0], gamma: 1 });
    this.begin();
  }

  begin() {
    const gl = this.canvas.getContext("webgl2", { antialias: false, depth: false });
    if (!gl) throw new Error("no WebGL2");
    this.gl = gl;
    this.programs = new Map();
    gl.bindVertexArray(gl.createVertexArray());
    // Small pictures that are read back: numbers of a pixel, and the operator's curve.
    this.small = gl.createFramebuffer();
    const target = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + TEXTURES.length);
    gl.bindTexture(gl.TEXTURE_2D, target);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, RAMP_SIZE, 1);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.small);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, target, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    this.textures = TEXTURES.map((name, unit) => {
      this.values[name] = ["uniform1i", unit];
      const texture = gl.createTexture();
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
      return texture;
    });
    this.values.colors = ["uniform3fv", LIGHT.colors.flat()];
    this.program({ task: "picture", show: "picture", operator: "exposure", zoom: 1 }); // tells at once whether it works
    if (this.source) this.setSource(this.source);
    if (this.rendition) this.setRendition(this.rendition);
  }

  // Takes the program for these choices into use, with all values.
  program({ task, show = "picture", operator = this.operator, zoom = 1, zebra = false }) {
    const gl = this.gl;
    const gain = this.source?.gain;
    const choices = {
      task, show, operator, zebra, near: zoom >= 1, gainMap: Boolean(gain), opacity: Boolean(this.source?.opacity),
      gainGamma: Boolean(gain?.gamma.some((each) => each !== 1)), gamma: this.gamma !== 1,
    };
    const key = JSON.stringify(choices);
    if (!this.programs.has(key)) this.programs.set(key, this.compile(fragmentShader(choices)));
    const { program, places } = this.programs.get(key);
    gl.useProgram(program);
    for (const [name, [kind, ...values]] of Object.entries(this.values)) {
      if (!(name in places)) places[name] = gl.getUniformLocation(program, name);
      if (places[name]) gl[kind](places[name], ...values);
    }
  }

  compile(fragments) {
    const gl = this.gl;
    const program = gl.createProgram();
    for (const [kind, code] of [[gl.VERTEX_SHADER, VERTEX_SHADER], [gl.FRAGMENT_SHADER, fragments]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, code);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      const logs = gl.getAttachedShaders(program).map((shader) => gl.getShaderInfoLog(shader));
      throw new Error([gl.getProgramInfoLog(program), ...logs].join("\n"));
    }
    return { program, places: {} };
  }

  fill(unit, inside, outside, kind, data) {
    const gl = this.gl;
    gl.activeTexture(gl.TEXTURE0 + unit);
    // Textures keep their size for life in some drivers; a new one is safe.
    gl.deleteTexture(this.textures[unit]);
    this.textures[unit] = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.textures[unit]);
    if (ArrayBuffer.isView(data)) {
      const { width, height } = this.source;
      gl.texImage2D(gl.TEXTURE_2D, 0, inside, width, height, 0, outside, kind, data);
    } else {
      gl.texImage2D(gl.TEXTURE_2D, 0, inside, outside, kind, data);
      gl.generateMipmap(gl.TEXTURE_2D);
    }
    const smaller = ArrayBuffer.isView(data) ? gl.LINEAR : gl.LINEAR_MIPMAP_NEAREST;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, smaller);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }

  setSource(source) {
    const gl = this.gl;
    this.source = source;
    if (source.gain) {
      this.fill(0, gl.SRGB8_ALPHA8, gl.RGBA, gl.UNSIGNED_BYTE, source.photo);
      this.fill(1, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source.light);
      if (source.opacity) this.fill(3, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source.opacity);
      const { low, span, gamma, offsetPhoto, offsetLight } = source.gain;
      const numbers = { gainLow: low, gainSpan: span, gainGamma: gamma, offsetPhoto, offsetLight };
      for (const [name, row] of Object.entries(numbers)) this.values[name] = ["uniform3fv", row];
    } else {
      this.fill(0, gl.RGB16F, gl.RGB, gl.HALF_FLOAT, source.photo);
      this.fill(1, gl.RGBA16F, gl.RGBA, gl.HALF_FLOAT, source.light);
    }
    this.values.imageSize = ["uniform2f", source.width, source.height];
  }

  setRendition(rendition) {
    this.rendition = rendition;
    this.fill(2, this.gl.RGBA8, this.gl.RGBA, this.gl.UNSIGNED_BYTE, rendition);
  }

  // How light becomes a picture: the operator's name and numbers, exposure in stops, gamma.
  setOperator(name, numbers, stops, gamma) {
    const padded = new Float32Array(MOST_NUMBERS);
    padded.set(numbers);
    Object.assign(this, { operator: name, gamma });
    this.values.p = ["uniform1fv", padded];
    this.values.gain = ["uniform1f", 2 ** stops];
    this.values.gamma = ["uniform1f", gamma];
  }

  draw({ show, corner, zoom, divider, zebra, stripe }) {
    const gl = this.gl;
    if (!this.source || gl.isContextLost()) return;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    this.values.corner = ["uniform2f", ...corner];
    this.values.zoom = ["uniform1f", zoom];
    this.values.divider = ["uniform1f", divider];
    this.values.stripe = ["uniform1f", stripe];
    this.program({ task: "picture", show, zoom, zebra });
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  drawSmall(task, width) {
    const gl = this.gl;
    const bytes = new Uint8Array(4 * width);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.small);
    gl.viewport(0, 0, width, 1);
    this.program({ task });
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.readPixels(0, 0, width, 1, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    return bytes;
  }

  // Linear RGB of the HDR image and of the photo at a pixel: floats as they are, by their bytes.
  read(column, row) {
    if (!this.source || this.gl.isContextLost()) return null;
    this.values.probe = ["uniform2i", column, row];
    const numbers = new Float32Array(this.drawSmall("bytes", 6).buffer);
    return { hdr: [...numbers.slice(0, 3)], photo: [...numbers.slice(3)] };
  }

  // What grey light from `low` to `high` stops is shown as: codes, one for each of RAMP_SIZE equal steps.
  readCurve(low, high) {
    if (this.gl.isContextLost()) return null;
    this.values.rampStops = ["uniform2f", low, high];
    this.values.rampSize = ["uniform1f", RAMP_SIZE];
    const bytes = this.drawSmall("ramp", RAMP_SIZE);
    return Array.from({ length: RAMP_SIZE }, (_, index) => bytes[4 * index]);
  }

  // The canvas as it was drawn last, from the top, four bytes a pixel; only right after `draw`.
  readCanvas() {
    const { gl, canvas } = this;
    const bytes = new Uint8Array(4 * canvas.width * canvas.height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    const rows = Array.from({ length: canvas.height }, (_, row) =>
      bytes.subarray(4 * canvas.width * row, 4 * canvas.width * (row + 1)));
    return rows.reverse();
  }
}
