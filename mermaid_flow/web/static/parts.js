// Puts HTML of this server in place of what is shown, and keeps what the reader was at: focus, text fields, open
// details, places in scrolled regions. The server escapes everything, and the policy of the page lets no script in it run.

const shown = new WeakMap();

export function replace(element, html, prepare = () => {}) {
  if (shown.get(element) === html) return;
  const before = remember(element);
  element.innerHTML = html;
  shown.set(element, html);
  prepare();
  restore(element, before);
}

function remember(element) {
  const active = element.contains(document.activeElement) ? document.activeElement : null;
  return {
    focus: active && keyOf(active),
    fields: [...element.querySelectorAll("input[id]")].map((field) => [field.id, field.value, field.checked]),
    open: [...element.querySelectorAll("details[id]")].map((details) => [details.id, details.open]),
    scrolled: [...element.querySelectorAll("pre, .scroll")].map((box) => [
      box.scrollTop,
      box.scrollTop > 0 && box.scrollTop + box.clientHeight >= box.scrollHeight - 4,
    ]),
  };
}

function restore(element, before) {
  for (const [id, value, checked] of before.fields) {
    const field = find(element, id);
    if (!field) continue;
    if (field.type === "radio") field.checked = checked;
    else if (field.type !== "hidden") field.value = value;
  }
  for (const [id, open] of before.open) {
    const details = find(element, id);
    if (details) details.open = open;
  }
  [...element.querySelectorAll("pre, .scroll")].forEach((box, number) => {
    const [top, atEnd] = before.scrolled[number] ?? [0, box.classList.contains("log")];
    box.scrollTop = atEnd ? box.scrollHeight : top;
  });
  if (before.focus) before.focus(element)?.focus({ preventScroll: true });
}

// How to find the element again that had the focus, in the new HTML.
function keyOf(active) {
  const details = active.closest("details[id]");
  if (active.id) return (element) => find(element, active.id);
  if (active.dataset.node) return (element) => element.querySelector(`[data-node="${CSS.escape(active.dataset.node)}"]`);
  if (details) return (element) => find(element, details.id)?.querySelector(active.localName);
  return null;
}

function find(element, id) {
  return element.querySelector(`#${CSS.escape(id)}`);
}
