// The paper that lanes are drawn on: shapes, and where which entries are.

const REACH = 3; // pixels beside a shape that still count as it

class Paper {
  constructor(view, width) {
    this.view = view;
    this.width = width;
    this.height = 0;
    this.ground = drawn("g"); // what lies behind: stretches, lines, what was lost
    this.shapes = drawn("g");
    this.texts = drawn("g");
    this.hits = [];
  }

  x(t) {
    return this.view.share(t) * this.width;
  }

  get layers() {
    return [this.ground, this.shapes, this.texts];
  }

  lay(name, attributes) {
    this.ground.append(drawn(name, attributes));
  }

  add(name, attributes) {
    this.shapes.append(drawn(name, attributes));
  }

  write(text, style, x, y, anchor = "start") {
    this.texts.append(drawn("text", { class: style, x, y, "text-anchor": anchor }, text));
  }

  hit(x0, x1, y0, y1, entries) {
    this.hits.push({ x0, x1, y0, y1, entries });
  }

  /** The entries at a place: of the narrowest shape there, since wide ones lie behind. */
  at(x, y) {
    const there = this.hits.filter((each) => x >= each.x0 - REACH && x <= each.x1 + REACH && y >= each.y0 && y <= each.y1);
    there.sort((a, b) => a.x1 - a.x0 - (b.x1 - b.x0));
    return there.length ? there[0].entries : null;
  }
}

const AXIS = 34; // height of the axis above the lanes
const AXIS_LABEL = 64; // room for one of its numbers

function drawAxis(paper) {
  const { view, width, height } = paper;
  const perUs = width / (view.to - view.from);
  const step = axisStep(perUs);
  drawFolds(view.scale.folds, paper);
  let last = -Infinity;
  for (const t of axisMoments(view, step)) {
    const x = paper.x(t);
    if (x < 0 || x > width) continue;
    paper.lay("line", { class: "grid", x1: x, x2: x, y1: AXIS - 6, y2: height });
    if (x - last < AXIS_LABEL || x + AXIS_LABEL / 2 > width + 14) continue;
    paper.write(axisLabel(t, step), "axis", x, AXIS - 12, x < 24 ? "start" : "middle");
    last = x;
  }
  paper.lay("line", { class: "axis-line", x1: 0, x2: width, y1: AXIS - 6, y2: AXIS - 6 });
}

/** The numbers of the axis that are seen: those in a fold are not. */
function axisMoments(view, step) {
  const edges = [view.timeAt(0), ...view.scale.folds.flatMap((fold) => [fold.t0, fold.t1]), view.timeAt(1)];
  const moments = [];
  for (let i = 0; i + 1 < edges.length; i += 2) {
    const [from, to] = [Math.max(edges[i], edges[0]), Math.min(edges[i + 1], edges.at(-1))];
    for (let t = Math.ceil(from / step) * step; t <= to; t += step) moments.push(t);
  }
  return moments;
}

/** Strips with torn edges, each with how much time is not drawn there. */
function drawFolds(folds, paper) {
  let last = -Infinity;
  for (const fold of folds) {
    const [x0, x1] = [paper.x(fold.t0), paper.x(fold.t1)];
    if (x1 < 0 || x0 > paper.width) continue;
    paper.lay("rect", { class: "fold", x: x0, y: AXIS - 6, width: x1 - x0, height: paper.height - AXIS + 6 });
    for (const x of [x0, x1]) paper.lay("path", { class: "torn", d: torn(x, AXIS - 6, paper.height) });
    const [text, middle] = [`⋯ ${span((fold.t1 - fold.t0) / 1e6)} ⋯`, (x0 + x1) / 2];
    if (middle - widthOf(text) / 2 < last) continue;
    paper.write(text, "fold-label", middle, 10, "middle");
    last = middle + widthOf(text) / 2;
  }
}

function torn(x, top, bottom) {
  let path = `M${x},${top}`;
  for (let y = top, side = 1; y < bottom; y += 6, side = -side) path += ` l${3 * side},6`;
  return path;
}
