// The link that reopens the page: makes it, and opens what this page's own address names. The server reads the address;
// the tab and the viewer's settings are the browser's own.

const place = element.querySelector(".deep-link");
// What this page writes into its address, and nothing else of it goes into a link: a host may have put secrets there.
const KEYS = ["photo", "tab", "scale", "checkpoint", "operator", "stops", "split", "show", "zebra", "tone", "exposures"];
const PREFIXES = ["operator.", "tone."];
const isOurs = (key) => KEYS.includes(key) || PREFIXES.some((prefix) => key.startsWith(prefix));
const LINK_MS = 10_000;

let texts = null;
let parts = null;
let answer = null; // takes the server's part of a link
let asked = 0; // for a number in each answer: one that is like the last would not be noticed

const round = (value) => String(Math.round(1000 * value) / 1000);
const selected = (tabs) => document.querySelector(`${tabs} > .tab-wrapper [role=tab][aria-selected=true]`)?.id ?? "";

function build() {
  const element = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const button = element("button", { type: "button", className: "header-button", title: texts.hint, onclick: copy }, texts.copy);
  const said = element("p", {});
  said.setAttribute("role", "status");
  const address = element("input", { type: "text", readOnly: true, onfocus: () => address.select() });
  address.setAttribute("aria-label", texts.address);
  const note = element("p", { className: "note" }, texts.own);
  const close = element("button", { type: "button", className: "header-button", onclick: hide }, texts.close);
  const panel = element("div", { className: "link-panel", hidden: true }, said, address, note, close);
  place.onkeydown = (event) => { if (event.key === "Escape" && !panel.hidden) hide(); };
  button.setAttribute("aria-expanded", "false");
  parts = { button, said, address, note, panel };
  place.replaceChildren(button, panel);
}

function show(on) {
  parts.panel.hidden = !on;
  parts.button.setAttribute("aria-expanded", String(on));
}

function hide() {
  show(false);
  parts.button.focus();
}

// The settings of the viewer, as they stand in an address.
function viewerQuery() {
  const drawn = document.querySelector(".viewer[data-drawn]");
  if (!drawn) return {};
  const { operator, stops, show, zebra, compare, split, parameters } = drawn.viewer.settings();
  const query = { operator, stops: round(stops), split: compare ? round(split) : "off" };
  if (show !== "picture") query.show = show;
  if (zebra) query.zebra = "1";
  for (const [name, value] of Object.entries(parameters)) query[`operator.${name}`] = round(value);
  return query;
}

function tabQuery() {
  const way = /^way-(\w+)-button$/.exec(selected("#ways"))?.[1];
  if (way && way !== "photo") return { tab: way };
  const tab = /^tab-(\w+)-button$/.exec(selected("#results .tabs"))?.[1];
  return tab && tab !== "viewer" ? { tab } : {};
}

async function copy() {
  const query = new Promise((resolve, reject) => {
    answer = resolve;
    setTimeout(() => reject(new Error("no link came")), LINK_MS);
  });
  asked += 1;
  trigger("link", { number: asked });
  show(true);
  parts.note.hidden = true;
  parts.address.value = "";
  parts.said.textContent = texts.making;
  const link = query.then((message) => {
    const address = new URL(location.origin + location.pathname);
    const said = { ...message.query, ...tabQuery(), ...viewerQuery() };
    for (const [key, value] of Object.entries(said)) address.searchParams.set(key, value);
    parts.address.value = address.href;
    parts.note.hidden = !message.own;
    return address.href;
  });
  let done = true;
  try {
    // Some browsers let a page write only at once; they take a promise.
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": link.then((text) => new Blob([text], { type: "text/plain" })) })]);
  } catch {
    try {
      await link;
      parts.address.focus();
      done = document.execCommand("copy"); // pages without https have no other way
    } catch {
      done = false;
    }
  }
  parts.said.textContent = !parts.address.value ? texts.failed : done ? texts.copied : texts.copy_it;
}

// Calls `act` as soon as `find` finds something, now or later.
function whenThere(find, act) {
  const look = () => {
    const found = find();
    if (found) {
      watcher.disconnect();
      act(found);
    }
    return found;
  };
  const watcher = new MutationObserver(look);
  if (!look()) watcher.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-drawn", "class", "style"] });
}

function openTab(name) {
  if (!/^\w{1,20}$/.test(name ?? "")) return;
  const find = () => {
    const tab = document.getElementById(`way-${name}-button`) ?? document.getElementById(`tab-${name}-button`);
    return tab?.offsetParent ? tab : null;
  };
  whenThere(find, (tab) => tab.click());
}

function applyToViewer(settings) {
  if (Object.keys(settings).length) whenThere(() => document.querySelector(".viewer")?.viewer, (viewer) => viewer.apply(settings));
}

function arrive() {
  const query = Object.fromEntries([...new URLSearchParams(location.search)].filter(([key]) => isOurs(key)));
  if (!Object.keys(query).length) return;
  const act = () => {
    openTab(query.tab);
    trigger("arrive", { query });
  };
  // Behind a presentation that the link opens, nobody waits for the page.
  if (/^[1-5]$/.test(new URLSearchParams(location.search).get("present"))) {
    document.addEventListener("presentation-left", act, { once: true });
  } else act();
}

function receive() {
  const message = props.value;
  if (message?.kind === "texts") {
    const isFirst = !texts;
    texts = message.texts;
    build();
    if (isFirst) arrive();
  } else if (message?.kind === "settings") {
    applyToViewer(message.viewer);
  } else if (message?.kind === "link" && message.number === asked) {
    answer?.(message);
  }
}

watch("value", receive);
receive();
