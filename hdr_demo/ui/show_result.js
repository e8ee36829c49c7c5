// Where the result lies below the controls, as on a phone, goes there; it may be on its way to the page still.
() => {
  setTimeout(() => {
    if (innerWidth < 768) document.querySelector("#lesson-results")?.scrollIntoView({ block: "start" });
  }, 400);
}
