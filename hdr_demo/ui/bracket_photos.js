// The table of a bracket's photos: tells the app what is typed and chosen in it. The app draws the table anew after each
// change, in another order perhaps; whoever is typing meanwhile keeps their place and their text.

const table = element.querySelector(".bracket-table");
const isBox = (control) => control.type === "text";
let told = null; // what the box with the keyboard said since the table was drawn
let isDrawing = false; // browsers let a box that is taken away say goodbye with events

function draw() {
  const held = table.contains(document.activeElement) ? document.activeElement : null;
  const { value, defaultValue, selectionStart, selectionEnd } = held ?? {};
  const key = held?.dataset.key;
  isDrawing = true;
  table.innerHTML = props.value?.html ?? "";
  const control = key && table.querySelector(`input[type=${held.type}][data-key="${CSS.escape(key)}"]`);
  if (control) {
    control.focus({ preventScroll: true });
    if (isBox(control)) {
      if (value !== defaultValue && value !== told) control.value = value;
      control.setSelectionRange(selectionStart, selectionEnd);
    }
  }
  told = null; // the table says now what the app made of it; to tell it once more could undo what was chosen since
  isDrawing = false;
}

function tell(box) {
  if (isDrawing || !isBox(box) || box.value === (told ?? box.defaultValue)) return;
  told = box.value;
  trigger("retime", { key: box.dataset.key, text: box.value });
}

element.addEventListener("focusin", () => { if (!isDrawing) told = null; });
// Of a text that was put back after drawing, browsers do not say that it changed.
element.addEventListener("focusout", ({ target }) => tell(target));
element.addEventListener("keydown", ({ key, target }) => { if (key === "Enter") tell(target); });
element.addEventListener("change", ({ target }) => {
  if (target.type === "radio") trigger("refer", { key: target.dataset.key });
});

watch("value", draw);
draw();
