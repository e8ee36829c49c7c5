// Draws a source beyond the page's white, with WebGPU, on a screen that can show that: an exposure, and no other operator.

// Encoded as the canvas wants it: sRGB, its curve continued above white.
const extendedShader = ({ gainMap, opacity }) => `
struct Choices {
  corner: vec2f,      // of the picture on the canvas, from its upper left
  size: vec2f,        // of the picture
  zoom: f32,
  divider: f32,
  gain: f32,
  gamma: f32,
  gainLow: vec4f,
  gainSpan: vec4f,
  gainGamma: vec4f,
  offsetPhoto: vec4f,
  offsetLight: vec4f,
}
@group(0) @binding(0) var<uniform> choices: Choices;
@group(0) @binding(1) var smooth_: sampler;
@group(0) @binding(2) var photo: texture_2d<f32>;
@group(0) @binding(3) var light: texture_2d<f32>;
@group(0) @binding(4) var opacity: texture_2d<f32>;

fn decode(code: vec3f) -> vec3f {
  return select(pow((code + 0.055) / 1.055, vec3f(2.4)), code / 12.92, code <= vec3f(0.04045));
}
fn encode(linear: vec3f) -> vec3f {
  return select(1.055 * pow(linear, vec3f(1.0 / 2.4)) - 0.055, 12.92 * linear, linear <= vec3f(0.0031308));
}

fn look(at: vec2f, isPhoto: bool) -> vec4f {
  let pixel = clamp(floor(at), vec2f(0.0), choices.size - 1.0);
  let place = (pixel + 0.5) / choices.size;
  let had = textureLoad(photo, vec2i(pixel), 0);
  var has = textureSampleLevel(light, smooth_, place, 0.0);
${gainMap ? `
  let base = decode(had.rgb);
  let lift = choices.gainLow.rgb + pow(has.rgb, 1.0 / choices.gainGamma.rgb) * choices.gainSpan.rgb;
  has = vec4f(max((base + choices.offsetPhoto.rgb) * exp2(lift) - choices.offsetLight.rgb, vec3f(0.0)), 1.0);
  ${opacity ? "has.a = textureSampleLevel(opacity, smooth_, place, 0.0).r;" : ""}` : `
  let base = had.rgb;`}
  return vec4f(select(has.rgb, base, isPhoto), has.a);
}

@vertex fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  return vec4f(select(-1.0, 3.0, index == 1u), select(-1.0, 3.0, index == 2u), 0.0, 1.0);
}

@fragment fn show(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let isPhoto = position.x < choices.divider;
  let at = (position.xy - choices.corner) / choices.zoom;
  if (any(at < vec2f(0.0)) || any(at >= choices.size)) { return vec4f(0.0); }
  // A reduced picture is the mean of the light that each of its pixels covers.
  let across = clamp(i32(ceil(1.0 / choices.zoom)), 1, 6);
  var sum = vec4f(0.0);
  for (var row = 0; row < across; row++) {
    for (var column = 0; column < across; column++) {
      let step = (vec2f(f32(column), f32(row)) + 0.5) / f32(across) - 0.5;
      sum += look(at + step / choices.zoom, isPhoto);
    }
  }
  let mean = sum / f32(across * across);
  // The photo ends at the page's white, as the display of an ordinary picture does.
  let lit = select(mean.rgb * choices.gain, min(mean.rgb * choices.gain, vec3f(1.0)), isPhoto);
  return vec4f(select(pow(encode(lit), vec3f(1.0 / choices.gamma)), encode(lit), isPhoto), 1.0) * mean.a;
}`;

const CHOICES_FLOATS = 28;
const HALF_ONE = 0x3c00;

class ExtendedPicture {
  // Null where the browser cannot draw beyond white, or will not.
  static async begin(canvas, lost) {
    try {
      const adapter = await navigator.gpu?.requestAdapter();
      const device = await adapter?.requestDevice();
      const context = device && canvas.getContext("webgpu");
      if (!context) return null;
      context.configure({
        device, format: "rgba16float", alphaMode: "premultiplied", toneMapping: { mode: "extended" },
        usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
      });
      // A browser that knows of no such range leaves out what it does not know.
      if (context.getConfiguration?.()?.toneMapping?.mode !== "extended") return null;
      device.lost.then(lost);
      device.addEventListener("uncapturederror", ({ error }) => {
        console.warn(error.message);
        lost();
      });
      return new ExtendedPicture(canvas, device, context);
    } catch (error) {
      console.warn(error);
      return null;
    }
  }

  constructor(canvas, device, context) {
    Object.assign(this, { canvas, device, context, source: null, textures: [] });
    this.sampler = device.createSampler({ magFilter: "linear", minFilter: "linear" });
    const { UNIFORM, COPY_DST } = GPUBufferUsage;
    this.choices = device.createBuffer({ size: 4 * CHOICES_FLOATS, usage: UNIFORM | COPY_DST });
  }

  setSource(source) {
    if (source === this.source) return;
    const { device } = this;
    this.source = source;
    for (const texture of this.textures) texture.destroy();
    const blank = new Uint16Array(4);
    const { gain, photo, light, opacity } = source;
    this.textures = [gain ? photo : withAlpha(photo), light, opacity ?? blank].map((each) => this.load(each));
    const module = device.createShaderModule({ code: extendedShader({ gainMap: Boolean(gain), opacity: Boolean(opacity) }) });
    const visibility = GPUShaderStage.FRAGMENT;
    const layout = device.createBindGroupLayout({ entries: [
      { binding: 0, visibility, buffer: {} }, { binding: 1, visibility, sampler: {} },
      ...[2, 3, 4].map((binding) => ({ binding, visibility, texture: {} })),
    ] });
    this.pipeline = device.createRenderPipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      vertex: { module },
      fragment: { module, targets: [{ format: "rgba16float" }] },
    });
    this.group = device.createBindGroup({ layout, entries: [
      { binding: 0, resource: { buffer: this.choices } }, { binding: 1, resource: this.sampler },
      ...this.textures.map((texture, index) => ({ binding: 2 + index, resource: texture.createView() })),
    ] });
  }

  // Half floats, or a picture as it is.
  load(pixels) {
    const { TEXTURE_BINDING, COPY_DST, RENDER_ATTACHMENT } = GPUTextureUsage;
    const usage = TEXTURE_BINDING | COPY_DST | RENDER_ATTACHMENT;
    const { queue } = this.device;
    if (!ArrayBuffer.isView(pixels)) {
      const size = [pixels.width, pixels.height];
      const texture = this.device.createTexture({ size, usage, format: "rgba8unorm" });
      queue.copyExternalImageToTexture({ source: pixels }, { texture }, size);
      return texture;
    }
    const size = pixels.length === 4 ? [1, 1] : [this.source.width, this.source.height];
    const texture = this.device.createTexture({ size, usage, format: "rgba16float" });
    queue.writeTexture({ texture }, pixels, { bytesPerRow: 8 * size[0] }, size);
    return texture;
  }

  // `view` as the stage gives it.
  draw({ corner: [left, low], zoom, divider }, gain, gamma, { width, height }) {
    const { device, canvas, source } = this;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const rows = source.gain ?? {};
    const row = (numbers = [0, 0, 0]) => [...numbers, 0];
    const top = height - low - source.height * zoom;
    device.queue.writeBuffer(this.choices, 0, new Float32Array([
      left, top, source.width, source.height, zoom, divider, gain, gamma,
      ...row(rows.low), ...row(rows.span), ...row(rows.gamma), ...row(rows.offsetPhoto), ...row(rows.offsetLight),
    ]));
    this.drawn = this.context.getCurrentTexture();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginRenderPass({
      colorAttachments: [{ view: this.drawn.createView(), loadOp: "clear", storeOp: "store" }],
    });
    pass.setPipeline(this.pipeline);
    pass.setBindGroup(0, this.group);
    pass.draw(3);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  // The canvas as it was drawn last: half floats from the top, four a pixel; only right after `draw`.
  async readCanvas() {
    const { device, canvas } = this;
    const bytesPerRow = 256 * Math.ceil((8 * canvas.width) / 256);
    const { COPY_DST, MAP_READ } = GPUBufferUsage;
    const buffer = device.createBuffer({ size: bytesPerRow * canvas.height, usage: COPY_DST | MAP_READ });
    const encoder = device.createCommandEncoder();
    encoder.copyTextureToBuffer({ texture: this.drawn }, { buffer, bytesPerRow }, [canvas.width, canvas.height]);
    device.queue.submit([encoder.finish()]);
    await buffer.mapAsync(GPUMapMode.READ);
    const mapped = buffer.getMappedRange();
    return Array.from({ length: canvas.height }, (_, row) => new Uint16Array(mapped, bytesPerRow * row, 4 * canvas.width));
  }
}

// WebGPU has no textures of three channels.
function withAlpha(rgb) {
  const rgba = new Uint16Array((rgb.length / 3) * 4).fill(HALF_ONE);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) rgba.set(rgb.subarray(from, from + 3), to);
  return rgba;
}
