// The shader of the viewer: light in, the picture of an ordinary display out, with the operators of hdr_demo/tonemap.
// LIGHT holds their constants; viewer.py takes them from the modules that define them.

const float = (value) => (Number.isInteger(value) ? `${value}.0` : String(value));
const vector = (values) => `vec3(${values.map(float).join(", ")})`;
// GLSL counts matrices by columns.
const matrix = (rows) => `mat3(${[0, 1, 2].map((column) => vector(rows.map((row) => row[column]))).join(", ")})`;

// The numbers that the shader gets for each operator, at most 10, from its parameters and what is known of the image:
// natural logarithms of the darkest, the mean and the brightest luminance and of the mean colour.
const meter = (logarithms) => {
  const [low, logMean, high, ...mean] = logarithms.map(Math.exp);
  return { low, logMean, high: Math.max(high, LIGHT.white), mean };
};
const luminanceOf = (rgb) => rgb.reduce((sum, channel, index) => sum + channel * LIGHT.luminance[index], 0);

const OPERATORS = {
  exposure: ({ stops }) => [2 ** stops],
  hable: ({ stops, white }) => [2 ** stops, white],
  aces: ({ stops }) => [2 ** stops],
  agx: ({ stops, contrast, saturation }) => [2 ** stops, contrast, saturation],
  neutral: ({ stops }) => [2 ** stops],
  photographic: ({ key, saturation }, logarithms) => {
    const { logMean, high } = meter(logarithms);
    return [key / logMean, (key / logMean) * high, saturation];
  },
  mantiuk: ({ scale, saturation }, logarithms) => {
    const { low, high } = meter(logarithms);
    const power = scale ** (1 / LIGHT.responsePower);
    return [high, power, (low / high) ** power - low / high, saturation];
  },
  drago: ({ bias, saturation }, logarithms) => {
    const { logMean, high } = meter(logarithms);
    const brightest = high / logMean;
    return [logMean, brightest, Math.log(bias) / Math.log(0.5), Math.log1p(brightest) / Math.log(10), saturation];
  },
  reinhard: ({ intensity, light_adaptation: byLight, color_adaptation: byColor }, logarithms) => {
    const { low, logMean, high, mean } = meter(logarithms);
    const span = Math.log(high / Math.min(low, high / LIGHT.reinhardLeastRange));
    const key = Math.min(Math.max(Math.log(high / logMean) / span, 0), 1);
    const power = 0.3 + 0.7 * key ** 1.4;
    const gain = Math.exp(-intensity);
    const meanLuminance = luminanceOf(mean);
    const brightest = high / (high + (gain * (byLight * high + (1 - byLight) * meanLuminance)) ** power);
    const meanRgb = mean.map((channel) => byColor * channel + (1 - byColor) * meanLuminance);
    return [power, gain, byLight, byColor, meanLuminance, ...meanRgb, brightest];
  },
};
const OPERATOR_NAMES = Object.keys(OPERATORS);
const MOST_NUMBERS = 10;

const VERTEX_SHADER = `#version 300 es
void main() {
  // One triangle that covers all.
  gl_Position = vec4(vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0), 0.0, 1.0);
}`;

const TASKS = { picture: 0, bytes: 1, ramp: 2 };
const SHOWS = { picture: 0, stops: 1, rendition: 2 };

// A program for each combination of choices: some graphics processors compute every branch of a shader for every pixel.
const fragmentShader = ({ task, show, operator, near, zebra, ...has }) => `#version 300 es
#define TASK ${TASKS[task]}
#define SHOW ${SHOWS[show]}
#define OPERATOR ${OPERATOR_NAMES.indexOf(operator)}
#define HAS_GAIN_MAP ${Number(has.gainMap)}
#define HAS_GAIN_GAMMA ${Number(has.gainGamma)}
#define HAS_OPACITY ${Number(has.opacity)}
#define HAS_GAMMA ${Number(has.gamma)}
#define NEAR ${Number(near)}
#define ZEBRA ${Number(zebra)}
precision highp float;
precision highp int;
precision highp sampler2D;

uniform float p[${MOST_NUMBERS}];
uniform float gain;              // exposure before the operator
uniform float gamma;

uniform sampler2D photo;         // linear in the gain map's file (sRGB textures decode), half floats in the exact one
uniform sampler2D light;         // half floats, or the gain map
uniform sampler2D opacity;       // of a gain-map JPEG
uniform sampler2D rendition;     // what the server drew
uniform vec3 gainLow, gainSpan, gainGamma, offsetPhoto, offsetLight;

uniform vec2 imageSize;          // pixels
uniform vec2 corner;             // of the image on the canvas, in the canvas's pixels from its lower left
uniform float zoom;              // canvas pixels for each of the image's
uniform float divider;           // the canvas's pixel from which on the HDR image is shown
uniform float stripe;            // width in canvas pixels
uniform ivec2 probe;             // the pixel that is read
uniform vec2 rampStops;          // lowest and highest
uniform float rampSize;
uniform vec3 colors[${LIGHT.colors.length}];

out vec4 result;

const vec3 WEIGHTS = ${vector(LIGHT.luminance)};
const float TINY = ${float(LIGHT.tiny)};

float luminance(vec3 rgb) { return dot(rgb, WEIGHTS); }
float brightest(vec3 rgb) { return max(max(rgb.r, rgb.g), rgb.b); }

vec3 encodeSrgb(vec3 linear) {
  linear = clamp(linear, 0.0, 1.0);
  vec3 curved = 1.0 - 1.055 * (1.0 - pow(linear, vec3(1.0 / 2.4)));
  return mix(curved, 12.92 * linear, lessThanEqual(linear, vec3(0.0031308)));
}

float decodeSrgb(float code) {
  return code <= 0.04045 ? code / 12.92 : pow((code + 0.055) / 1.055, 2.4);
}

vec3 recolor(vec3 hdr, float lit, float mapped, float saturation) {
  float lift = mapped / max(lit, TINY);
  if (saturation != 1.0) {
    // 0 to the power of 0 is 1 in numpy and anything in GLSL.
    hdr = saturation == 0.0 ? vec3(1.0) : pow(hdr / max(lit, TINY), vec3(saturation));
    lift = mapped;
  }
  float grey = min(mapped, 1.0);
  float peak = lift * brightest(hdr);
  float purity = clamp((1.0 - grey) / max(peak - grey, TINY), 0.0, 1.0);
  return clamp(hdr * (lift * purity) + grey * (1.0 - purity), 0.0, 1.0);
}

vec3 hableCurve(vec3 x) {
  const float a = ${float(LIGHT.hable[0])}, b = ${float(LIGHT.hable[1])}, c = ${float(LIGHT.hable[2])};
  const float d = ${float(LIGHT.hable[3])}, e = ${float(LIGHT.hable[4])}, f = ${float(LIGHT.hable[5])};
  return (x * (a * x + c * b) + d * e) / (x * (a * x + b) + d * f) - e / f;
}

vec3 hable(vec3 rgb) {
  return encodeSrgb(hableCurve(rgb * p[0] * ${float(LIGHT.hableBias)}) / hableCurve(vec3(p[1])));
}

vec3 aces(vec3 rgb) {
  rgb *= p[0];
  return encodeSrgb(rgb * (2.51 * rgb + 0.03) / (rgb * (2.43 * rgb + 0.59) + 0.14));
}

vec3 agx(vec3 rgb) {
  vec3 lit = log2(max(${matrix(LIGHT.agxInset)} * (rgb * p[0]), vec3(1e-10)));
  lit = clamp((lit - ${float(LIGHT.agxRange[0])}) / ${float(LIGHT.agxRange[1] - LIGHT.agxRange[0])}, 0.0, 1.0);
  vec3 shown = vec3(${float(LIGHT.agxSigmoid[0])});
  ${LIGHT.agxSigmoid.slice(1).map((each) => `shown = shown * lit + ${float(each)};`.replace("+ -", "- ")).join("\n  ")}
  shown = pow(max(shown, 0.0), vec3(p[1]));
  float grey = luminance(shown);
  shown = grey + p[2] * (shown - grey);
  shown = pow(max(${matrix(LIGHT.agxOutset)} * shown, vec3(0.0)), vec3(${float(LIGHT.agxGamma)}));
  return encodeSrgb(${matrix(LIGHT.bt2020ToBt709)} * shown);
}

vec3 neutral(vec3 rgb) {
  const float glare = ${float(LIGHT.neutral[0])}, start = ${float(LIGHT.neutral[1])};
  rgb *= p[0];
  float toe = min(min(min(rgb.r, rgb.g), rgb.b), 2.0 * glare);
  vec3 base = rgb - (toe - toe * toe / (4.0 * glare));
  float peak = brightest(base), above = max(peak - start, 0.0), room = 1.0 - start;
  float rolled = above > 0.0 ? 1.0 - room * room / (above + room) : peak;
  float keep = 1.0 / (${float(LIGHT.neutral[2])} * (peak - rolled) + 1.0);
  return encodeSrgb(base * (rolled / max(peak, TINY) * keep) + rolled * (1.0 - keep));
}

vec3 photographic(vec3 rgb) {
  float lit = luminance(rgb), scaled = lit * p[0];
  return encodeSrgb(recolor(rgb, lit, scaled * (1.0 + scaled / (p[1] * p[1])) / (1.0 + scaled), p[2]));
}

vec3 mantiuk(vec3 rgb) {
  float lit = luminance(rgb), mapped = pow(lit / p[0], p[1]);
  return encodeSrgb(recolor(rgb, lit, mapped * mapped * (1.0 + p[2]) / max(mapped + p[2], TINY), p[3]));
}

vec3 drago(vec3 rgb) {
  float lit = luminance(rgb), adapted = lit / p[0];
  float base = log(2.0 + 8.0 * pow(clamp(adapted / p[1], TINY, 1.0), p[2]));
  return encodeSrgb(recolor(rgb, lit, pow(log(1.0 + adapted) / base / p[3], ${float(LIGHT.dragoContrast)}), p[4]));
}

vec3 adapt(vec3 local, vec3 mean) { return pow(p[1] * (p[2] * local + (1.0 - p[2]) * mean), vec3(p[0])); }

vec3 reinhard(vec3 rgb) {
  float lit = luminance(rgb), adapted = adapt(vec3(lit), vec3(p[4])).r;
  float shown = decodeSrgb(min(lit / max(lit + adapted, TINY) / p[8], 1.0));
  if (p[3] > 0.0) {
    vec3 local = p[3] * rgb + (1.0 - p[3]) * lit;
    rgb *= adapted / max(adapt(local, vec3(p[5], p[6], p[7])), vec3(TINY));
    lit = luminance(rgb);
  }
  return encodeSrgb(recolor(rgb, lit, shown, 1.0));
}

vec3 toneMap(vec3 rgb) {
  rgb *= gain;
#if OPERATOR == 0
  vec3 shown = encodeSrgb(rgb * p[0]);
${OPERATOR_NAMES.slice(1).map((name, index) => `#elif OPERATOR == ${index + 1}\n  vec3 shown = ${name}(rgb);`).join("\n")}
#endif
#if HAS_GAMMA
  shown = pow(shown, vec3(1.0 / gamma));
#endif
  return shown;
}

vec3 paintStops(vec3 rgb) {
  float stops = log2(max(luminance(rgb), exp2(${float(LIGHT.lowestStops)})));
  int row = int(ceil(stops - 1e-3)) - 1 - (${LIGHT.lowestStops});
  return colors[clamp(row, 0, ${LIGHT.colors.length - 1})];
}

// The photo and the light of one pixel, both linear; opacity is the light's.
void look(vec2 at, out vec4 had, out vec4 has) {
#if NEAR
  ivec2 pixel = clamp(ivec2(at), ivec2(0), ivec2(imageSize) - 1);
  had = texelFetch(photo, pixel, 0);
#if HAS_GAIN_MAP
  has = textureLod(light, (vec2(pixel) + 0.5) / imageSize, 0.0);
#else
  has = texelFetch(light, pixel, 0);
#endif
#else
  had = texture(photo, at / imageSize);
  has = texture(light, at / imageSize);
#endif
#if HAS_GAIN_MAP
#if HAS_GAIN_GAMMA
  has.rgb = pow(has.rgb, 1.0 / gainGamma);
#endif
  has = vec4(max((had.rgb + offsetPhoto) * exp2(gainLow + has.rgb * gainSpan) - offsetLight, 0.0), 1.0);
#if HAS_OPACITY
  has.a = texture(opacity, at / imageSize).r;
#endif
#endif
}

void main() {
#if TASK == ${TASKS.ramp}
  float place = (gl_FragCoord.x - 0.5) / (rampSize - 1.0);
  result = vec4(toneMap(vec3(exp2(mix(rampStops.x, rampStops.y, place)))), 1.0);
#elif TASK == ${TASKS.bytes}
  // Six numbers side by side, four bytes each.
  vec4 had, has;
  look(vec2(probe) + 0.5, had, has);
  int which = int(gl_FragCoord.x);
  uint bits = floatBitsToUint(which < 3 ? has[which] : had[which - 3]);
  result = vec4((uvec4(bits) >> uvec4(0, 8, 16, 24)) & 255u) / 255.0;
#else
  vec2 at = (gl_FragCoord.xy - corner) / zoom;
  at.y = imageSize.y - at.y;
  vec4 had, has;
  look(at, had, has);
  bool isPhoto = gl_FragCoord.x < divider;
#if SHOW == ${SHOWS.stops}
  vec3 shown = paintStops(isPhoto ? had.rgb : has.rgb);
#elif SHOW == ${SHOWS.rendition}
  vec3 shown = isPhoto ? encodeSrgb(had.rgb * gain) : texture(rendition, at / imageSize).rgb;
#else
  vec3 shown = isPhoto ? encodeSrgb(had.rgb * gain) : toneMap(has.rgb);
#endif
#if ZEBRA && SHOW != ${SHOWS.stops}
  bool clipped = brightest(shown) >= 254.5 / 255.0
    || (isPhoto && brightest(encodeSrgb(had.rgb)) >= ${float(LIGHT.clippedCode)} - 0.5 / 255.0);
  if (clipped) shown = vec3(mod(floor((gl_FragCoord.x + gl_FragCoord.y) / stripe), 2.0) < 0.5 ? 0.0 : 1.0, 0.0, 0.0);
#endif
  bool inside = all(greaterThanEqual(at, vec2(0.0))) && all(lessThan(at, imageSize));
  result = inside ? vec4(shown, 1.0) * has.a : vec4(0.0);
#endif
}`;
