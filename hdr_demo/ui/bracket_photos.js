// The table of a bracket's photos: tells the app what is typed and chosen in it. The app draws the table anew after each
// change, in another order perhaps; whoever is typing meanwhile keeps their place and their text.

const boxes = "input[type=text]";
let place = null; // of the keyboard: { key, kind, text }, where text is what was not yet told

const find = ({ key, kind }) => element.querySelector(`input[type=${kind}][data-key="${CSS.escape(key)}"]`);

element.addEventListener("focusin", ({ target }) => {
  if (target.dataset.key) place = { key: target.dataset.key, kind: target.type, text: null };
});
element.addEventListener("focusout", (event) => {
  // An element that is replaced loses the keyboard too, but is no longer on the page then.
  if (event.target.isConnected && document.hasFocus()) place = null;
});
element.addEventListener("input", ({ target }) => {
  if (place && target.matches(boxes)) place.text = target.value;
});
element.addEventListener("change", ({ target }) => {
  if (place) place.text = null;
  if (target.matches(boxes)) trigger("retime", { key: target.dataset.key, text: target.value });
  else trigger("refer", { key: target.dataset.key });
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(boxes)) event.target.dispatchEvent(new Event("change", { bubbles: true }));
});

new MutationObserver(() => {
  const box = place && find(place);
  if (!box || document.activeElement === box) return;
  const { text } = place;
  box.focus({ preventScroll: true });
  if (text === null) return;
  box.value = text;
  place.text = text;
}).observe(element, { childList: true, subtree: true });
