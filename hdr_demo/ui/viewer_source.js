// What the viewer draws, fetched once: exact half floats of a small picture, or a gain-map JPEG, whose base image is the
// photo and whose gain map leads from it to the light (ISO 21496-1).

async function fetchBytes(url, signal) {
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return answer;
}

// What viewer.py's `prepare_viewer` describes.
async function fetchSource(data, signal) {
  const answer = await fetchBytes(data.url, signal);
  const source = data.exact ? await readExact(answer, data.view) : await readGainMapJpeg(await answer.blob());
  if (data.opacity) source.opacity = await readPicture(await (await fetchBytes(data.opacity, signal)).blob());
  return source;
}

// Light and photo one after the other, RGBA and RGB half floats, gzip.
async function readExact(answer, { width, height }) {
  const data = await new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const pixels = width * height;
  return {
    width,
    height,
    light: new Uint16Array(data, 0, 4 * pixels),
    photo: new Uint16Array(data, 8 * pixels, 3 * pixels),
  };
}

async function readGainMapJpeg(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const start = findSecondPicture(bytes);
  const second = bytes.subarray(start);
  const [photo, light] = await Promise.all(
    [bytes.subarray(0, start), second].map((part) => readPicture(new Blob([part], { type: "image/jpeg" }))));
  return { width: photo.width, height: photo.height, photo, light, gain: readGainMetadata(second) };
}

// The segments of a JPEG before its pixels: [marker, where its contents begin, their length].
function* segments(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let place = 2; place + 4 <= bytes.length && bytes[place] === 0xff; ) {
    const marker = bytes[place + 1];
    const length = view.getUint16(place + 2);
    yield [marker, place + 4, length - 2];
    if (marker === 0xda) return;
    place += 2 + length;
  }
}

function findSegment(bytes, marker, name) {
  for (const [found, start, length] of segments(bytes)) {
    const head = String.fromCharCode(...bytes.subarray(start, start + name.length));
    // The first picture announces ISO 21496-1 with a version of four bytes; the second holds the numbers.
    if (found === marker && head === name && length > name.length + 4) return start + name.length;
  }
  throw new Error(`the picture has no ${name}`);
}

// CIPA DC-007: the second entry of the index says where the second picture begins, from the index's own header on.
function findSecondPicture(bytes) {
  const header = findSegment(bytes, 0xe2, "MPF\0");
  const view = new DataView(bytes.buffer, bytes.byteOffset + header);
  const little = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, little);
  for (let entry = 0; entry < view.getUint16(directory, little); entry += 1) {
    const place = directory + 2 + 12 * entry;
    if (view.getUint16(place, little) === 0xb002) return header + view.getUint32(view.getUint32(place + 8, little) + 24, little);
  }
  throw new Error("the picture's index names no pictures");
}

// ISO 21496-1, annex C: flags, two headrooms, and five fractions for one or three channels.
function readGainMetadata(bytes) {
  const start = findSegment(bytes, 0xe2, "urn:iso:std:iso:ts:21496:-1\0");
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const channels = view.getUint8(4) & 0x80 ? 3 : 1;
  const fraction = (place) => view.getInt32(place) / view.getUint32(place + 4);
  const rows = [0, 1, 2].map((channel) => {
    const place = 21 + 40 * Math.min(channel, channels - 1);
    return [0, 8, 16, 24, 32].map((offset) => fraction(place + offset));
  });
  const [low, high, gamma, offsetPhoto, offsetLight] = [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column]));
  return { low, span: high.map((each, index) => each - low[index]), gamma, offsetPhoto, offsetLight };
}

async function readPicture(blob) {
  return createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
}
