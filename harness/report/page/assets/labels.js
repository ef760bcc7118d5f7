// Labels beside marks, none over another.

const BESIDE = 6; // from a mark to its label
const LABEL_GAP = 12; // from a label to the next mark
const MOST_ROWS = 8;
const BOLD = 1.12; // how much wider a text is in bold

/**
 * A row for each label, or none where there is no room.
 * @param {{x: number, label: string, bold?: boolean}[]} marks from left to right, in pixels
 * @param {number} width where the paper ends
 * @param {number} rows how many there may be
 * @returns {({row: number, left: boolean, text: string}|null)[]}
 */
function placed(marks, width, rows = MOST_ROWS) {
  const ends = new Array(rows).fill(-Infinity);
  return marks.map(({ x, label, bold }) => {
    if (x < 0 || x > width) return null;
    const text = widthOf(label) + BESIDE > width ? fitted(label, width - BESIDE) : label;
    const wide = BESIDE + widthOf(text) * (bold ? BOLD : 1) + LABEL_GAP;
    const left = x + wide - LABEL_GAP > width; // it would leave the paper: to the left of its mark
    const from = left ? x - wide : x;
    const row = ends.findIndex((end) => end <= from);
    if (row < 0 || from < -LABEL_GAP) return null;
    ends[row] = x + (left ? LABEL_GAP : wide);
    return { row, left, text };
  });
}

/** How many rows the labels need, of at most so many. */
function rowsFor(marks, width, most = MOST_ROWS) {
  return 1 + placed(marks, width, most).reduce((most, each) => Math.max(most, each ? each.row : 0), 0);
}

/** A text that fits into `px` pixels, or none. */
function fitted(text, px) {
  if (px < 14) return "";
  if (widthOf(text) <= px) return text;
  const share = Math.floor((text.length * (px - widthOf("…"))) / widthOf(text));
  return share < 3 ? "" : `${text.slice(0, share)}…`;
}
