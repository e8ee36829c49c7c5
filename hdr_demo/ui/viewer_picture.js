// Draws a source on a canvas with WebGL2. Keeps what a new context needs when the old one is lost.

const RAMP_SIZE = 241;

class PictureOnCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.source = null;
    this.rendition = null;
    this.begin();
  }

  begin() {
    const gl = this.canvas.getContext("webgl2", { antialias: false, depth: false });
    if (!gl) throw new Error("no WebGL2");
    this.gl = gl;
    const program = gl.createProgram();
    for (const [kind, code] of [[gl.VERTEX_SHADER, VERTEX_SHADER], [gl.FRAGMENT_SHADER, FRAGMENT_SHADER]]) {
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
    gl.useProgram(program);
    this.places = {};
    this.program = program;
    gl.bindVertexArray(gl.createVertexArray());
    // Small pictures that are read back: numbers of a pixel, and the operator's curve.
    this.small = gl.createFramebuffer();
    const target = gl.createTexture();
    gl.activeTexture(gl.TEXTURE3);
    gl.bindTexture(gl.TEXTURE_2D, target);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, RAMP_SIZE, 1);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.small);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, target, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    this.textures = ["photo", "light", "rendition"].map((name, unit) => {
      gl.uniform1i(this.place(name), unit);
      const texture = gl.createTexture();
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
      return texture;
    });
    gl.uniform3fv(this.place("colors"), LIGHT.colors.flat());
    if (this.source) this.setSource(this.source);
    if (this.rendition) this.setRendition(this.rendition);
  }

  place(name) {
    if (!(name in this.places)) this.places[name] = this.gl.getUniformLocation(this.program, name);
    return this.places[name];
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
    const smaller = ArrayBuffer.isView(data) ? gl.LINEAR : gl.LINEAR_MIPMAP_LINEAR;
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
      gl.uniform3fv(this.place("gainLow"), source.gain.low);
      gl.uniform3fv(this.place("gainSpan"), source.gain.span);
      gl.uniform3fv(this.place("gainGamma"), source.gain.gamma);
      gl.uniform3fv(this.place("offsetPhoto"), source.gain.offsetPhoto);
      gl.uniform3fv(this.place("offsetLight"), source.gain.offsetLight);
    } else {
      this.fill(0, gl.RGB16F, gl.RGB, gl.HALF_FLOAT, source.photo);
      this.fill(1, gl.RGBA16F, gl.RGBA, gl.HALF_FLOAT, source.light);
    }
    gl.uniform1i(this.place("hasGainMap"), source.gain ? 1 : 0);
    gl.uniform2f(this.place("imageSize"), source.width, source.height);
  }

  setRendition(rendition) {
    this.rendition = rendition;
    this.fill(2, this.gl.RGBA8, this.gl.RGBA, this.gl.UNSIGNED_BYTE, rendition);
  }

  // How light becomes a picture: the operator's name and numbers, exposure in stops, gamma.
  setOperator(name, numbers, stops, gamma) {
    const gl = this.gl;
    const padded = new Float32Array(MOST_NUMBERS);
    padded.set(numbers);
    gl.uniform1i(this.place("operatorNumber"), OPERATOR_NAMES.indexOf(name));
    gl.uniform1fv(this.place("p"), padded);
    gl.uniform1f(this.place("gain"), 2 ** stops);
    gl.uniform1f(this.place("gamma"), gamma);
  }

  draw({ show, corner, zoom, divider, zebra, stripe }) {
    const gl = this.gl;
    if (!this.source || gl.isContextLost()) return;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.uniform1i(this.place("task"), TASKS.picture);
    gl.uniform1i(this.place("show"), SHOWS[show]);
    gl.uniform2f(this.place("corner"), ...corner);
    gl.uniform1f(this.place("zoom"), zoom);
    gl.uniform1f(this.place("divider"), divider);
    gl.uniform1i(this.place("zebra"), zebra ? 1 : 0);
    gl.uniform1f(this.place("stripe"), stripe);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  drawSmall(task, width) {
    const gl = this.gl;
    const bytes = new Uint8Array(4 * width);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.small);
    gl.viewport(0, 0, width, 1);
    gl.uniform1i(this.place("task"), task);
    gl.uniform1f(this.place("zoom"), 1);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.readPixels(0, 0, width, 1, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    return bytes;
  }

  // Linear RGB of the HDR image and of the photo at a pixel: floats as they are, by their bytes.
  read(column, row) {
    if (!this.source || this.gl.isContextLost()) return null;
    this.gl.uniform2i(this.place("probe"), column, row);
    const numbers = new Float32Array(this.drawSmall(TASKS.bytes, 6).buffer);
    return { hdr: [...numbers.slice(0, 3)], photo: [...numbers.slice(3)] };
  }

  // What grey light from `low` to `high` stops is shown as: codes, one for each of RAMP_SIZE equal steps.
  readCurve(low, high) {
    if (this.gl.isContextLost()) return null;
    this.gl.uniform2f(this.place("rampStops"), low, high);
    this.gl.uniform1f(this.place("rampSize"), RAMP_SIZE);
    const bytes = this.drawSmall(TASKS.ramp, RAMP_SIZE);
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
