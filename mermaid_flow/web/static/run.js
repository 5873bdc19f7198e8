// A run's page: follows the run and puts those parts in place that changed. The page is complete without it.

import { Drawing } from "./drawing.js";
import { replace } from "./parts.js";
import { follow } from "./stream.js";

const MOST_LINES = 1000;
const OFTEN = 250; // Milliseconds between two looks at the whole run, at least.
const LOG = 1000; // Milliseconds between two looks at the log of a node that runs.
const STATES = {
  live: "Live.",
  lost: "The connection was lost; trying again.",
  ended: "The page is no longer connected: the server has ended. Start mflow ui again.",
};

const run = document.getElementById("run");
const live = document.getElementById("live");
const said = document.getElementById("said");
const details = document.getElementById("details");
const events = document.getElementById("events");
const parts = [...document.querySelectorAll("[data-part]")];
const { address } = run.dataset;
let selected = run.dataset.node;

const drawing = new Drawing(document.getElementById("paper"), document.getElementById("tools"), (node) => choose(node));

// One look at a time; what happens meanwhile leads to one more. A run that is costly to draw is looked at less often.
let looking = false;
let stale = false;

async function look() {
  if (looking) {
    stale = true;
    return;
  }
  looking = true;
  do {
    stale = false;
    const began = performance.now();
    await refresh();
    await new Promise((done) => setTimeout(done, Math.max(OFTEN, 3 * (performance.now() - began))));
  } while (stale);
  looking = false;
}

async function refresh() {
  const answer = await ask(`${address}/state`, { headers: { Accept: "application/json" } });
  if (!answer) return;
  const now = await answer.json();
  if (!answer.ok) {
    said.textContent = now.said;
    return;
  }
  document.title = now.title;
  for (const part of parts) {
    replace(part, now.parts[part.dataset.part], () => part.dataset.part === "drawing" && drawing.refresh());
  }
  mark();
  if (selected) await showDetails();
}

async function ask(place, options) {
  try {
    return await fetch(place, options);
  } catch {
    return null; // The stream says that the connection is lost, and asks again when it is back.
  }
}

async function showDetails() {
  const node = selected;
  const answer = await ask(`${address}/details?node=${encodeURIComponent(node)}`);
  if (!answer?.ok) return false;
  const html = await answer.text();
  if (node === selected) replace(details, html);
  return true;
}

async function choose(node, byHistory = false) {
  selected = node;
  drawing.select(node);
  mark();
  if (!byHistory) history.pushState(null, "", node ? `?node=${encodeURIComponent(node)}#details` : location.pathname);
  await showDetails();
  if (!byHistory) details.focus({ preventScroll: true });
  const place = details.getBoundingClientRect();
  if (!byHistory && (place.top < 0 || place.top > innerHeight * 0.7)) details.scrollIntoView({ block: "start" });
}

function mark() {
  for (const link of document.querySelectorAll("ul.nodes a[data-node]")) {
    if (link.dataset.node === selected) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

document.addEventListener("click", (click) => {
  if (click.ctrlKey || click.metaKey || click.shiftKey) return;
  const link = click.target.closest("a[href^='/runs/']");
  const found = link && new URL(link.href);
  if (!found || found.pathname !== location.pathname || !found.searchParams.has("node")) return;
  click.preventDefault();
  choose(found.searchParams.get("node"));
});
addEventListener("popstate", () => choose(new URLSearchParams(location.search).get("node") ?? "", true));

document.addEventListener("submit", async (submit) => {
  submit.preventDefault();
  const button = submit.submitter;
  button.disabled = true;
  const place = button.hasAttribute("formaction") ? button.formAction : submit.target.action;
  const answer = await ask(place, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(submit.target)),
  });
  button.disabled = false;
  if (!answer) said.textContent = STATES.lost;
  else if (answer.headers.get("Content-Type")?.startsWith("application/json")) said.textContent = (await answer.json()).said;
  else said.textContent = "The server refused; reload the page and try again.";
  look();
});

function add(told) {
  const atEnd = events.parentElement.scrollTop + events.parentElement.clientHeight >= events.parentElement.scrollHeight - 4;
  for (const line of told.lines) {
    const item = document.createElement("li");
    item.dataset.seq = told.seq;
    item.textContent = line;
    events.append(item);
  }
  while (events.childElementCount > MOST_LINES) events.firstElementChild.remove();
  if (atEnd) events.parentElement.scrollTop = events.parentElement.scrollHeight;
}

follow(address, Number(run.dataset.seq), {
  event(told) {
    run.dataset.seq = told.seq;
    add(told);
    look();
  },
  change: () => look(),
  state(name, text) {
    live.textContent = text ?? STATES[name];
    live.dataset.state = name;
  },
});

setInterval(() => {
  const running = details.querySelector(".badge.look-running");
  if (running && !document.hidden && !looking) showDetails();
}, LOG);

events.parentElement.scrollTop = events.parentElement.scrollHeight;
mark();
drawing.select(selected);
