// The diagram: zoom, moving it by dragging, and its boxes as buttons, of which one takes part in the order of Tab.

const MOST = 4;
const LEAST = 0.05;
const LEGIBLE = 0.6; // What a drawing begins with at least, and be it wider than the paper.

export class Drawing {
  #paper;
  #scale = null;
  #selected = "";
  #choose;

  constructor(paper, tools, choose) {
    this.#paper = paper;
    this.#choose = choose;
    if (!this.#svg) return;
    tools.hidden = false;
    tools.addEventListener("click", (click) => {
      const kind = click.target.closest("button")?.dataset.zoom;
      if (kind) this.#zoom(kind);
    });
    paper.addEventListener("click", (click) => this.#chooseBox(click.target));
    paper.addEventListener("keydown", (key) => this.#key(key));
    paper.addEventListener("wheel", (wheel) => this.#wheel(wheel), { passive: false });
    this.#drag();
    this.refresh();
    this.#beginAt(this.#boxes[0]);
  }

  get #svg() {
    return this.#paper.querySelector("svg");
  }

  // What stands for a node: the boxes of a flowchart, the texts of a sequence's messages.
  get #boxes() {
    return [...this.#paper.querySelectorAll("g[data-node]")];
  }

  // The drawing has been replaced.
  refresh() {
    const svg = this.#svg;
    if (!svg) return;
    svg.setAttribute("role", "group");
    const labels = new Map([...document.querySelectorAll("ul.nodes a[data-node]")].map((link) => [link.dataset.node, link]));
    for (const [box, node] of this.#found(svg)) {
      const label = labels.get(node)?.textContent.trim().replace(/\s+/g, " ");
      if (!label) continue;
      box.dataset.node = node;
      box.setAttribute("role", "button");
      box.setAttribute("aria-label", label);
      box.setAttribute("tabindex", "-1");
    }
    this.#scale ??= Math.min(1, Math.max(LEGIBLE, this.#fit("width")));
    this.#apply();
    this.select(this.#selected);
  }

  #found(svg) {
    if (!svg.classList.contains("pele-sequence")) {
      return [...svg.querySelectorAll(".pele-nodes > g[data-id]")].map((box) => [box, box.dataset.id]);
    }
    const messages = JSON.parse(svg.closest("[data-messages]").dataset.messages);
    return [...svg.querySelectorAll(".pele-message")].flatMap((arrow, number) => {
      const text = svg.querySelector(`.pele-edge-labels > [data-id="${CSS.escape(arrow.dataset.id)}"]`);
      return text ? [[text, messages[number]]] : [];
    });
  }

  select(node) {
    this.#selected = node;
    const boxes = this.#boxes;
    for (const box of boxes) {
      box.classList.toggle("selected", box.dataset.node === node);
      box.setAttribute("aria-pressed", String(box.dataset.node === node));
    }
    const first = boxes.find((box) => box.dataset.node === node) ?? boxes[0];
    first?.setAttribute("tabindex", "0");
  }

  #chooseBox(target) {
    const box = target.closest?.("g[data-node]");
    if (box) this.#choose(box.dataset.node);
  }

  #key(key) {
    if (key.ctrlKey || key.altKey || key.metaKey) return;
    const zooms = { "+": "in", "-": "out", 0: "width" };
    if (key.key in zooms) {
      this.#zoom(zooms[key.key]);
      key.preventDefault();
      return;
    }
    const box = key.target.closest("g[data-node]");
    if (!box) return;
    if (key.key === "Enter" || key.key === " ") {
      key.preventDefault();
      this.#choose(box.dataset.node);
      return;
    }
    const boxes = this.#boxes;
    const at = boxes.indexOf(box);
    const next = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: boxes.length - 1 }[key.key];
    if (next === undefined) return;
    key.preventDefault();
    const other = boxes[Math.min(Math.max(next, 0), boxes.length - 1)];
    box.setAttribute("tabindex", "-1");
    other.setAttribute("tabindex", "0");
    other.focus();
  }

  // A drawing that is wider than the paper is shown where it begins.
  #beginAt(box) {
    if (!box) return;
    const [paper, place] = [this.#paper.getBoundingClientRect(), box.getBoundingClientRect()];
    if (place.right > paper.right) this.#paper.scrollLeft = place.left - paper.left - paper.width / 2;
  }

  #fit(kind) {
    const { width, height } = this.#svg.viewBox.baseVal;
    const wide = (this.#paper.clientWidth - 24) / width;
    return kind === "width" ? wide : Math.min(wide, (this.#paper.clientHeight - 24) / height);
  }

  #zoom(kind, x = this.#paper.clientWidth / 2, y = this.#paper.clientHeight / 2) {
    const steps = { in: this.#scale * 1.25, out: this.#scale / 1.25, full: 1 };
    const before = this.#scale;
    this.#scale = Math.min(MOST, Math.max(LEAST, steps[kind] ?? this.#fit(kind)));
    const grown = this.#scale / before;
    const left = (this.#paper.scrollLeft + x) * grown - x;
    const top = (this.#paper.scrollTop + y) * grown - y;
    this.#apply();
    this.#paper.scrollTo(left, top);
  }

  #apply() {
    const svg = this.#svg;
    svg.style.width = `${svg.viewBox.baseVal.width * this.#scale}px`;
    svg.style.maxWidth = "none";
  }

  #wheel(wheel) {
    if (!wheel.ctrlKey) return;
    wheel.preventDefault();
    const place = this.#paper.getBoundingClientRect();
    this.#zoom(wheel.deltaY < 0 ? "in" : "out", wheel.clientX - place.left, wheel.clientY - place.top);
  }

  // Fingers scroll by themselves; a mouse drags. What moves less than a few pixels is a click.
  #drag() {
    let from = null;
    this.#paper.addEventListener("pointerdown", (down) => {
      if (down.pointerType !== "mouse" || down.button !== 0) return;
      from = { x: down.clientX, y: down.clientY, left: this.#paper.scrollLeft, top: this.#paper.scrollTop };
    });
    this.#paper.addEventListener("pointermove", (move) => {
      if (!from) return;
      const [x, y] = [move.clientX - from.x, move.clientY - from.y];
      if (!this.#paper.hasPointerCapture(move.pointerId)) {
        if (Math.hypot(x, y) < 5) return;
        this.#paper.setPointerCapture(move.pointerId);
      }
      this.#paper.scrollTo(from.left - x, from.top - y);
    });
    for (const end of ["pointerup", "pointercancel"]) this.#paper.addEventListener(end, () => (from = null));
  }
}
