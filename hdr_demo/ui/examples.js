// Tells the app which example was pressed. The listener stands on the component, whose contents change.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-number]");
  if (button) trigger("click", { number: Number(button.dataset.number) });
});
