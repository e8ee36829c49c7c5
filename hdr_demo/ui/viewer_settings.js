// How the picture is shown: what may be kept, linked to and set again.

const REST_OF_SETTINGS_MS = 400;

// What the visitor chose, as JSON can hold it: of the operators' parameters, those of the one that is shown.
function settings() {
  const { stops, operator, show, zebra, compare } = state;
  const parameters = { ...state.parameters[operator] };
  return { stops, operator, parameters, show, zebra, compare, split: stage ? stage.split : 0.5, ...given };
}

// Takes any of what `settings` gives; what it cannot use it leaves as it is. Before there is a picture, with the first.
function apply(wanted) {
  if (!parts) {
    given = { ...given, ...wanted };
    return;
  }
  const { stops, operator, parameters, show, zebra, compare, split } = { ...given, ...wanted };
  given = null;
  const isNumber = (value) => Number.isFinite(value); // of numbers alone
  if (data.operators.some((each) => each.name === operator)) state.operator = operator;
  for (const { name, minimum, maximum } of rowOf(state.operator).parameters) {
    const value = parameters?.[name];
    if (isNumber(value)) parametersOf(rowOf(state.operator))[name] = clamp(value, minimum, maximum);
  }
  if (["picture", "stops"].includes(show)) state.show = show;
  if (typeof zebra === "boolean") state.zebra = zebra;
  if (typeof compare === "boolean") state.compare = compare;
  if (isNumber(split)) stage.split = split;
  setOperator(state.operator);
  set({});
  setStops(isNumber(stops) ? stops : state.stops);
}

// Says so, on the page, when other settings have come to rest.
function watchSettings() {
  clearTimeout(telling);
  telling = setTimeout(() => {
    const now = JSON.stringify(settings());
    if (now === told) return;
    const isFirst = told === null;
    told = now;
    if (!isFirst) place.dispatchEvent(new CustomEvent("viewer-changed", { bubbles: true, detail: JSON.parse(now) }));
  }, REST_OF_SETTINGS_MS);
}

function buildSettings() {
  const row = rowOf(state.operator);
  parts.settings.replaceChildren();
  const values = parametersOf(row);
  for (const parameter of row.parameters) {
    if (row.name === "exposure" && parameter.name === "stops") continue; // the slider below the picture
    parts.settings.append(makeSlider({
      ...parameter,
      id: `viewer-${row.name}-${parameter.name}`,
      value: values[parameter.name],
      change: (value) => {
        values[parameter.name] = value;
        redraw();
      },
    }).row);
  }
  parts.settings.append(make("button", { type: "button", class: "viewer-defaults", onclick: () => {
    delete state.parameters[row.name];
    buildSettings();
    redraw();
  } }, texts.defaults));
}

const rowOf = (name) => data.operators.find((each) => each.name === name);

function parametersOf(row) {
  state.parameters[row.name] ??= Object.fromEntries(row.parameters.map((each) => [each.name, each.default]));
  return state.parameters[row.name];
}

function set(changes) {
  Object.assign(state, changes);
  for (const name of ["zebra", "compare"]) parts[name].checked = state[name];
  parts.colors.checked = state.show === "stops";
  redraw();
}

function setStops(stops) {
  state.stops = clamp(Math.round(10 * stops) / 10, LOWEST_STOPS, HIGHEST_STOPS);
  parts.exposure.write(state.stops);
  redraw();
}

function setOperator(name) {
  state.operator = name;
  parts.operator.value = name;
  buildSettings();
  redraw();
}

function fitExposure() {
  setStops(Math.floor(10 * data.fitting_stops) / 10);
  announce(fill(texts.said_exposure, { stops: sayStops(state.stops) }));
}
