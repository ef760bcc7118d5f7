// Lanes on paper: every kind of lane has its height and its way to be drawn.

const ROW = 15;
const UNLABELLED = 8; // a strip at the foot of a lane, for marks whose label has no room
const BAND = 20;
const FILE = 58;
const TICKS = 13;
const BRACKET = 17;

/** Height of a lane, for labels placed when the whole timeline is seen; it stays the same at every zoom. */
function heightOf(lane, paper) {
  if (lane.brackets) return rowsOfBrackets(lane, paper) * BRACKET + 4;
  if (lane.marks) {
    lane.rows = rowsFor(lane.marks.map((each) => ({ ...each, x: paper.x(each.at) })), paper.width, lane.most);
    return lane.rows * ROW + UNLABELLED;
  }
  if (lane.bands) return BAND;
  return lane.requests ? FILE : TICKS;
}

/** Brackets are stacked in the order in which they were judged, so that none covers another. */
function rowsOfBrackets(lane, paper) {
  const ends = [];
  for (const each of lane.brackets) {
    const from = paper.x(each.from);
    const to = Math.max(paper.x(each.to), from + widthOf(each.label) + 20);
    let row = ends.findIndex((end) => end <= from);
    if (row < 0) row = ends.length;
    ends[row] = to;
    each.row = row;
  }
  return ends.length;
}

function drawLane(lane, paper, y, height) {
  if (lane.bands) drawBands(lane, paper, y);
  for (const gap of lane.gaps) drawGap(gap, paper, y, height);
  if (lane.requests) drawTransfer(lane, paper, y);
  if (lane.ticks) drawCoverage(lane, paper, y);
  if (lane.brackets) drawBrackets(lane, paper, y);
  if (lane.marks) drawMarks(lane, paper, y, height);
}

/** A stretch cut to the paper, or null when nothing of it is seen. */
function onPaper(from, to, paper) {
  const [x0, x1] = [Math.max(paper.x(from), -2), Math.min(paper.x(to), paper.width + 2)];
  return x1 < 0 || x0 > paper.width || x1 < x0 ? null : [x0, x1];
}

function drawBands(lane, paper, y) {
  for (const band of lane.bands) {
    const seen = onPaper(band.from, band.to, paper);
    if (!seen) continue;
    const [x0, x1] = seen;
    const wide = Math.max(x1 - x0, 1.5);
    paper.lay("rect", { class: `band ${band.style}`, x: x0, y: y + 2, width: wide, height: BAND - 4, rx: 2 });
    const text = fitted(band.label, wide - 10);
    if (text) paper.write(text, `on-band ${band.style}`, Math.max(x0, 0) + 5, y + 14);
    paper.hit(x0, x0 + wide, y, y + BAND, band.entries);
  }
}

function drawGap(gap, paper, y, height) {
  const seen = onPaper(gap.from, gap.to, paper);
  if (!seen) return;
  const wide = Math.max(seen[1] - seen[0], 3);
  paper.lay("rect", { class: "gap", x: seen[0], y: y + 1, width: wide, height: height - 2, fill: "url(#hatched)" });
  paper.hit(seen[0], seen[0] + wide, y, y + height, gap.entries);
}

function drawTransfer(lane, paper, y) {
  const bottom = y + FILE - 5;
  paper.lay("line", { class: "floor", x1: 0, x2: paper.width, y1: bottom, y2: bottom });
  for (const { points } of lane.requests) {
    const spots = points.map((point) => ({ point, x: paper.x(point.t), y: bottom - (point.bytes / lane.most) * (FILE - 20) }));
    const path = spots.map((spot) => `${spot.x.toFixed(1)},${spot.y.toFixed(1)}`).join(" L");
    const [first, last] = [spots[0].x.toFixed(1), spots.at(-1).x.toFixed(1)];
    paper.add("path", { class: "bytes-area", d: `M${first},${bottom} L${path} L${last},${bottom} Z` });
    paper.add("path", { class: "bytes-line", d: `M${path}` });
    drawPhases(spots, paper);
  }
}

/** What is written at a phase of a transfer, and how far below its spot; others are a dot only. */
const PHASES = {
  held: [(point) => `held at ${bytes(point.bytes)}`, -7],
  released: [() => "released", 13],
  finished: [(point) => (point.entries[0].complete ? "finished, whole" : "finished"), -5],
  broken: [(point) => `broken at ${bytes(point.bytes)}`, -7],
};

function drawPhases(spots, paper) {
  for (const { point, x, y } of spots) {
    if (x < -4 || x > paper.width + 4) continue;
    if (point.phase === "broken") paper.add("path", { class: "broken", d: `M${x - 4},${y - 4} l8,8 m0,-8 l-8,8` });
    else paper.add("circle", { class: `phase ${point.phase}`, cx: x, cy: y, r: point.phase === "progress" ? 1.5 : 3.5 });
    paper.hit(x - 4, x + 4, y - 8, y + 8, point.entries);
  }
  const told = spots.filter(({ point }) => Object.hasOwn(PHASES, point.phase));
  const named = told.map((spot) => ({ ...spot, label: PHASES[spot.point.phase][0](spot.point) }));
  placed(named, paper.width, 2).forEach((label, i) => {
    if (!label) return;
    const { x, y, point } = named[i];
    paper.write(label.text, "label", x + (label.left ? -BESIDE : BESIDE), y + PHASES[point.phase][1], label.left ? "end" : "start");
  });
}

function drawCoverage(lane, paper, y) {
  const middle = y + TICKS / 2;
  if (lane.ticks.length) {
    const seen = onPaper(lane.ticks[0].at, lane.ticks.at(-1).at, paper);
    if (seen) paper.lay("line", { class: "covered", x1: seen[0], x2: seen[1], y1: middle, y2: middle });
  }
  let last = -Infinity;
  for (const tick of lane.ticks) {
    const x = paper.x(tick.at);
    if (x < 0 || x > paper.width) continue;
    paper.hit(x - 2, x + 2, y, y + TICKS, tick.entries);
    if (x - last < 1) continue;
    paper.lay("line", { class: "watermark", x1: x, x2: x, y1: middle - 3, y2: middle + 3 });
    last = x;
  }
}

function drawBrackets(lane, paper, y) {
  for (const each of lane.brackets) {
    const seen = onPaper(each.from, each.to, paper);
    if (!seen) continue;
    const [x0, x1] = [seen[0], Math.max(seen[1], seen[0] + 2)];
    const top = y + each.row * BRACKET + 4;
    paper.add("path", { class: `bracket ${each.outcome}`, d: `M${x0},${top + 10} V${top} H${x1} V${top + 10}` });
    const begins = Math.max(0, Math.min(Math.max(x0, 0) + 5, paper.width - widthOf(each.label) * BOLD));
    paper.write(each.label, `label verdict ${each.outcome}`, begins, top + 12);
    paper.hit(x0, Math.max(x1, begins + widthOf(each.label)), top, top + BRACKET, each.entries);
  }
}

function drawMarks(lane, paper, y, height) {
  const marks = lane.marks.map((each) => ({ ...each, x: paper.x(each.at) }));
  const labels = placed(marks, paper.width, lane.rows);
  marks.forEach((each, i) => {
    if (each.x < -4 || each.x > paper.width + 4) return;
    const label = labels[i];
    const middle = label ? y + 8 + label.row * ROW : y + height - 5;
    drawBounds(each, paper, middle);
    if (lane.through) paper.lay("line", { class: "through", x1: each.x, x2: each.x, y1: middle, y2: paper.height });
    else if (label?.row) paper.lay("line", { class: "stem", x1: each.x, x2: each.x, y1: y + 8, y2: middle });
    paper.add("circle", { class: `mark ${each.style}`, cx: each.x, cy: middle, r: label ? 3 : 2 });
    if (label) paper.write(label.text, `label ${each.style}`, each.x + (label.left ? -BESIDE : BESIDE), middle + 4, label.left ? "end" : "start");
    const reach = label ? widthOf(label.text) + BESIDE : 4;
    const [x0, x1] = label?.left ? [each.x - reach, each.x + 4] : [each.x - 4, each.x + reach];
    paper.hit(x0, x1, middle - 7, middle + 7, each.entries);
  });
}

/** The stretch in which it can have been, where that is wide enough to be seen. */
function drawBounds(each, paper, y) {
  const [from, to] = [each.at - each.error, each.at + each.error];
  if (paper.x(to) - paper.x(from) < 4) return;
  const seen = onPaper(from, to, paper);
  if (seen) paper.lay("line", { class: "bounds", x1: seen[0], x2: seen[1], y1: y, y2: y });
}
