"use strict";
// Clicks on boxes open the node's details; the page is complete without this script.

// A nested run has its diagram and its nodes in a part of its own.
function part(element) {
  return element.closest("details.nested") ?? document.body;
}

// What stands for a node: the boxes of a flowchart, the texts of a sequence's messages.
function boxes(paper) {
  const messages = JSON.parse(paper.dataset.messages);
  const found = [...paper.querySelectorAll(".pele-nodes > g[data-id]")].map((box) => [box, box.dataset.id]);
  if (messages.length === 0) return found;
  return [...paper.querySelectorAll(".pele-message")].flatMap((arrow, number) => {
    const text = paper.querySelector(`.pele-edge-labels > [data-id="${CSS.escape(arrow.dataset.id)}"]`);
    return text ? [[text, messages[number]]] : [];
  });
}

function open(section) {
  for (let around = section; around; around = around.parentElement.closest("details")) around.open = true;
  section.scrollIntoView({ block: "start" });
  section.querySelector("summary").focus({ preventScroll: true });
}

const papers = [...document.querySelectorAll("div.paper")];
for (const paper of papers) {
  const nodes = [...part(paper).querySelectorAll("details[data-node]")].filter((node) => part(node) === part(paper));
  const sections = new Map(nodes.map((section) => [section.dataset.node, section]));
  for (const [box, node] of boxes(paper)) {
    const section = sections.get(node);
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
}

function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) open(target);
}
addEventListener("hashchange", openTarget);
openTarget();

const tools = document.querySelector("p.tools");
if (papers.length && tools) {
  tools.hidden = false;
  for (const button of tools.querySelectorAll("button")) {
    button.addEventListener("click", () => papers[0].classList.toggle("full", button.dataset.zoom === "full"));
  }
}
