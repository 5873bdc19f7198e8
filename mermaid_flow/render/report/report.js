"use strict";
// Clicks on boxes open the node's details; the page is complete without this script.
const sections = new Map([...document.querySelectorAll("details[data-node]")].map((section) => [section.dataset.node, section]));

function open(section) {
  section.open = true;
  section.scrollIntoView({ block: "start" });
  section.querySelector("summary").focus({ preventScroll: true });
}

for (const box of document.querySelectorAll("div.paper .pele-nodes > g[data-id]")) {
  const section = sections.get(box.dataset.id);
  if (!section) continue;
  const label = section.querySelector("summary").textContent.trim().replace(/\s+/g, " ");
  box.setAttribute("role", "button");
  box.setAttribute("tabindex", "0");
  box.setAttribute("aria-label", label);
  box.addEventListener("click", () => open(section));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open(section);
  });
}

function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();

const paper = document.querySelector("div.paper");
const tools = document.querySelector("p.tools");
if (paper && tools) {
  tools.hidden = false;
  for (const button of tools.querySelectorAll("button")) {
    button.addEventListener("click", () => paper.classList.toggle("full", button.dataset.zoom === "full"));
  }
}
