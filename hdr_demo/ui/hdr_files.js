// Lets HDR files into the photo's drop zone. It takes what its browser calls an image, and browsers know no type of
// an .exr or .hdr; so they are chosen by their suffix, and handed on under the name of a type.
const SUFFIXES = [".exr", ".hdr", ".tif", ".tiff", ".jpg", ".jpeg", ".png", ".avif", ".jxl"];
const TYPE = "image/x-hdr";
const zone = () => document.querySelector("#photo");
const isInZone = (event) => Boolean(zone()?.contains(event.target));
const isUnknown = (file) =>
  !file.type.startsWith("image/") && SUFFIXES.some((suffix) => file.name.toLowerCase().endsWith(suffix));

function named(files) {
  const given = new DataTransfer();
  for (const file of files) given.items.add(isUnknown(file) ? new File([file], file.name, { type: TYPE }) : file);
  return given;
}

function drop(files, target) {
  const dataTransfer = named(files);
  target.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}

// Before the browser asks which file.
function widen(event) {
  if (event.target.matches?.("#photo input[type=file]")) event.target.accept = ["image/*", ...SUFFIXES].join(",");
}

// After it was chosen, before the zone looks.
function rename(event) {
  if (event.target.matches?.("#photo input[type=file]")) event.target.files = named(event.target.files).files;
}

// What is dropped goes on as a copy: where a photo is shown, the zone first takes it away, and until it looks again the
// browser has emptied what was dropped.
function redrop(event) {
  const files = [...(event.dataTransfer?.files ?? [])];
  if (!event.isTrusted || !isInZone(event) || !files.length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  drop(files, event.target);
}

// A file that was copied, anywhere on the page.
function paste(event) {
  const files = [...(event.clipboardData?.files ?? [])];
  const target = zone()?.querySelector("input[type=file]")?.parentElement.parentElement;
  const writes = event.target.closest?.("input, textarea, select, [contenteditable=true]");
  if (!files.length || !target?.checkVisibility() || writes) return;
  event.preventDefault();
  drop(files.slice(0, 1), target);
}

document.addEventListener("click", widen, true);
document.addEventListener("change", rename, true);
document.addEventListener("drop", redrop, true);
document.addEventListener("paste", paste);
