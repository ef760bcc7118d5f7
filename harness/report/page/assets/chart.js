// The drawn timeline of one test: lanes on paper, and everything a hand can do to it.

const GUTTER = 168; // for the lanes' titles, where there is room beside the paper
const CAPTION = 14; // for a title above its lane, where there is not
const NARROW = 760;
const TOO_SHORT_TO_DRAG = 4;

class Chart {
  /**
   * @param {object} test what `openTest` gave, with the `bundle_id` and `nonce` of the overview
   * @param {(entry: object) => void} picked told of an entry that was clicked
   * @param {(from: number, to: number) => void} viewed told of the stretch of time that is seen
   */
  constructor(test, picked, viewed) {
    this.from_s = test.from_s;
    this.picked = picked;
    this.viewed = viewed;
    this.entries = test.entries;
    this.lanes = lanesOf(test.entries, test.bundle_id, test.nonce);
    this.moments = momentsOf(test.entries);
    this.chosen = null;
    this.drag = null;
    this.#fold(true);
    this.#build();
  }

  #fold(folding) {
    this.view = new View(new Scale(this.moments, folding));
    this.heights = null;
  }

  #build() {
    this.svg = drawn("svg", { class: "chart", role: "img", "aria-label": "Timeline; the same facts are in the table below" });
    this.tip = element("div", { class: "tip", role: "status", hidden: true });
    this.stage = element("div", {
      class: "stage", tabindex: "0", role: "group", "aria-label": "Drawn timeline. Plus and minus zoom, arrows move, 0 shows all.",
      on: {
        wheel: (event) => this.#wheel(event), keydown: (event) => this.#key(event),
        pointerdown: (event) => this.#press(event), pointermove: (event) => this.#move(event),
        pointerup: (event) => this.#release(event), pointerleave: () => this.#leave(),
        pointercancel: () => this.#leave(), dblclick: (event) => this.#zoom(3, this.#shareOf(event)),
      },
    }, this.svg, this.tip);
    this.node = element("section", { class: "timeline", "aria-label": "Timeline" }, this.#tools(), this.stage, legend());
    new ResizeObserver(() => this.#resized()).observe(this.stage);
  }

  #tools() {
    const folds = this.view.scale.folds.length;
    const fold = element("input", { type: "checkbox", checked: true, on: { change: () => this.#refold(fold.checked) } });
    return element("div", { class: "tools" },
      button("−", () => this.#zoom(1 / 1.6), { title: "Zoom out (−)", "aria-label": "Zoom out" }),
      button("+", () => this.#zoom(1.6), { title: "Zoom in (+)", "aria-label": "Zoom in" }),
      button("←", () => this.#pan(-0.25), { title: "Earlier (←)", "aria-label": "Earlier" }),
      button("→", () => this.#pan(0.25), { title: "Later (→)", "aria-label": "Later" }),
      button("Whole", () => this.#whole(), { title: "Show all (0)" }),
      folds ? element("label", { class: "fold-switch" }, fold, ` fold idle time (${folds})`) : null,
      element("span", { class: "hint" }, "click it, then scroll to zoom; drag to move; click a mark to pin it"));
  }

  #refold(folding) {
    this.#fold(folding);
    this.#draw();
  }

  /** Choose an entry: a line marks where it lies. The view moves there when it is not seen. */
  choose(entry) {
    this.chosen = entry;
    if (entry && entry.when !== null) {
      const share = this.view.share(entry.when);
      if (share < 0.02 || share > 0.98) this.view.pan(share - 0.5);
    }
    this.#draw();
  }

  /** Show a stretch of time. */
  show(from, to) {
    this.view.show(from, to);
    this.#draw();
  }

  #zoom(factor, share) {
    this.view.zoom(factor, share);
    this.#draw();
  }

  #pan(share) {
    this.view.pan(share);
    this.#draw();
  }

  #whole() {
    this.view.reset();
    this.#draw();
  }

  #resized() {
    const { width } = this.svg.getBoundingClientRect(); // a pixel of the paper is one of the page
    if (width === this.width || width === 0) return;
    this.width = width;
    this.narrow = width < NARROW;
    this.heights = null;
    this.#render();
  }

  #draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => this.#render());
  }

  #render() {
    cancelAnimationFrame(this.waiting);
    this.waiting = null;
    if (!this.width) return;
    const gutter = this.narrow ? 0 : GUTTER;
    const paper = new Paper(this.view, this.width - gutter - 8);
    this.heights ??= this.lanes.map((lane) => heightOf(lane, new Paper(wholeOf(this.view), paper.width)));
    const caption = this.narrow ? CAPTION : 3;
    paper.height = this.heights.reduce((sum, height) => sum + height + caption, AXIS);
    const titles = drawn("g");
    drawAxis(paper);
    let y = AXIS;
    this.lanes.forEach((lane, i) => {
      this.#title(titles, lane, y, i);
      drawLane(lane, paper, y + (this.narrow ? CAPTION : 1), this.heights[i]);
      y += this.heights[i] + caption;
    });
    this.#drawChosen(paper);
    this.#put(paper, titles, gutter);
    this.viewed(this.view.timeAt(0), this.view.timeAt(1));
  }

  #title(titles, lane, y, i) {
    const full = lane.hint ? `${lane.title} (${lane.hint})` : lane.title;
    if (i) titles.append(drawn("line", { class: "between", x1: 0, x2: this.width, y1: y - 1, y2: y - 1 }));
    const text = drawn("text", { class: "lane-title", x: 0, y: y + (this.narrow ? 11 : 14) }, fitted(full, GUTTER - 14) || lane.title);
    text.append(drawn("title", {}, full));
    titles.append(text);
  }

  #drawChosen(paper) {
    if (!this.chosen || this.chosen.when === null) return;
    const x = paper.x(this.chosen.when);
    paper.add("line", { class: "chosen", x1: x, x2: x, y1: AXIS - 6, y2: paper.height });
    paper.add("path", { class: "chosen-head", d: `M${x - 5},${AXIS - 12} h10 l-5,7 z` });
  }

  #put(paper, titles, gutter) {
    this.paper = paper;
    this.gutter = gutter;
    this.cursor = drawn("line", { class: "cursor", y1: AXIS - 6, y2: paper.height, x1: -9, x2: -9 });
    const clip = drawn("clipPath", { id: "paper" }, drawn("rect", { x: -4, y: 0, width: paper.width + 8, height: paper.height }));
    const inside = drawn("g", { transform: `translate(${gutter},0)`, "clip-path": "url(#paper)" }, paper.layers, this.cursor);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${paper.height + 2}`);
    this.svg.setAttribute("height", paper.height + 2);
    this.svg.replaceChildren(drawn("defs", {}, clip, hatching()), inside, titles);
  }

  #place(event) {
    const box = this.svg.getBoundingClientRect();
    return [event.clientX - box.left - this.gutter, event.clientY - box.top];
  }

  #shareOf(event) {
    return Math.min(1, Math.max(0, this.#place(event)[0] / this.paper.width));
  }

  #wheel(event) {
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const meant = event.ctrlKey || event.metaKey || document.activeElement === this.stage;
    if (!sideways && !meant) return; // the page scrolls
    event.preventDefault();
    if (sideways) this.#pan((event.deltaX || event.deltaY) / 1200);
    else this.#zoom(Math.exp(-event.deltaY / 400), this.#shareOf(event));
  }

  #key(event) {
    const keys = {
      "+": () => this.#zoom(1.6), "=": () => this.#zoom(1.6), "-": () => this.#zoom(1 / 1.6), 0: () => this.#whole(),
      ArrowLeft: () => (event.shiftKey ? this.#step(-1) : this.#pan(-0.15)),
      ArrowRight: () => (event.shiftKey ? this.#step(1) : this.#pan(0.15)),
      Home: () => this.#pan(-1e9), End: () => this.#pan(1e9), Escape: () => this.stage.blur(),
    };
    if (!Object.hasOwn(keys, event.key) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  /** From the chosen entry to the next in time. */
  #step(by) {
    const inOrder = this.entries.filter((each) => each.when !== null && each.is !== "Watermark");
    inOrder.sort((a, b) => a.when - b.when || a.n - b.n);
    const next = this.chosen ? inOrder.indexOf(this.chosen) + by : 0;
    if (inOrder[next]) this.picked(inOrder[next]);
  }

  #press(event) {
    if (event.button !== 0) return;
    this.drag = { x: event.clientX, moved: 0 };
  }

  #move(event) {
    const [x, y] = this.#place(event);
    if (this.drag) this.#drag(event);
    this.cursor?.setAttribute("x1", x);
    this.cursor?.setAttribute("x2", x);
    this.#hover(x, y);
  }

  #drag(event) {
    const by = event.clientX - this.drag.x;
    this.drag.moved += Math.abs(by);
    if (this.drag.moved < TOO_SHORT_TO_DRAG) return;
    this.stage.setPointerCapture(event.pointerId);
    this.drag.x = event.clientX;
    this.#pan(-by / this.paper.width);
  }

  #release(event) {
    const clicked = this.drag && this.drag.moved < TOO_SHORT_TO_DRAG;
    this.drag = null;
    const entries = clicked ? this.paper.at(...this.#place(event)) : null;
    if (entries) this.picked(entries[0]);
  }

  #leave() {
    this.drag = null;
    this.tip.hidden = true;
    this.cursor?.setAttribute("x1", -9);
    this.cursor?.setAttribute("x2", -9);
  }

  #hover(x, y) {
    const entries = x >= 0 ? this.paper.at(x, y) : null;
    this.stage.classList.toggle("on-mark", entries !== null);
    this.tip.hidden = entries === null;
    if (!entries) return;
    if (entries !== this.tipped) this.tip.replaceChildren(...tipOf(entries, this.from_s));
    this.tipped = entries;
    const wide = Math.min(380, this.width - 16);
    const left = Math.min(x + this.gutter + 14, this.width - wide - 8);
    this.tip.style.width = `${wide}px`;
    this.tip.style.left = `${Math.max(4, left)}px`;
    this.tip.style.top = `${y + 18}px`;
  }
}

function wholeOf(view) {
  return new View(view.scale);
}

function hatching() {
  return drawn("pattern", { id: "hatched", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    drawn("rect", { class: "hatch-ground", width: 7, height: 7 }), drawn("rect", { class: "hatch-line", width: 2.5, height: 7 }));
}

function legend() {
  const key = (style, text) => element("span", {}, element("i", { class: `key ${style}` }), text);
  return element("p", { class: "legend" }, key("twice", "callback in journal and log"), key("once", "in one of them"),
    key("gap", "evidence lost here"), key("covered", "source covered"), key("disagree", "sources disagree"), key("bounds", "could be anywhere here"));
}

const ALSO_IN_TIP = 4;

/** The first entry whole, and who else told of it. */
function tipOf([first, ...others], from_s) {
  const also = others.slice(0, ALSO_IN_TIP).map((entry) => element("p", { class: "also" }, `also ${entry.source ?? entry.is}: ${said(entry)} ${relative(entry.when, digitsFor(entry.at_error ?? 0))}`));
  const more = others.length - also.length;
  return [element("strong", {}, said(first)), fieldsOf(first, from_s, SHORT), ...also,
    more > 0 ? element("p", { class: "also" }, `and ${more} more of them`) : ""];
}
