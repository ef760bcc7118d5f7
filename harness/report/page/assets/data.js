// What the page was given: the overview at once, a test's timeline when it is opened.

const run = JSON.parse(document.getElementById("run").textContent);

/** A text of which only the beginning is kept. */
class CutText {
  constructor(start, total) {
    this.start = start;
    this.total = total;
  }

  toString() {
    return clip(this, Infinity);
  }
}

function isText(value) {
  return typeof value === "string" || value instanceof CutText;
}

/** At most `limit` characters of a text, and how many more there were. */
function clip(text, limit) {
  const start = text instanceof CutText ? text.start : String(text);
  const total = text instanceof CutText ? text.total : start.length;
  const end = Math.min(start.length, limit);
  return end >= total ? start : `${start.slice(0, end)}… ${(total - end).toLocaleString("en")} more characters`;
}

/** What is only read when a test is opened: `message`, `artifacts`, `from_s` and `entries`. */
function openTest(number) {
  const block = document.getElementById(`test-${number}`);
  if (!block) return null; // the file is still being read
  const { message, artifacts, timeline } = JSON.parse(block.textContent);
  return { message, artifacts, from_s: timeline.from_s, entries: unpacked(timeline) };
}

/**
 * The entries of a timeline in their order. Each has its fields, `is` (the name of its kind), `n` (its
 * place) and `when` (microseconds since the first entry, or null where it lies nowhere).
 */
function unpacked({ words, kinds }) {
  const texts = words.map((word) => (typeof word === "string" ? word : new CutText(...word)));
  const entries = [];
  for (const { is, n, columns } of kinds) {
    const readers = Object.entries(columns).map(([name, column]) => [name, reader(column, texts)]);
    n.forEach((place, row) => {
      const entry = { is, n: place };
      for (const [name, read] of readers) entry[name] = read(row);
      entry.when = entry.at ?? entry.phone_s ?? entry.from_s ?? entry.since ?? null;
      entries[place] = entry;
    });
  }
  return entries;
}

function reader(column, texts) {
  const values = column.words ?? column.plain;
  const valueOf = column.words === undefined ? (value) => value : (value) => texts[value];
  return Array.isArray(values) ? (row) => valueOf(values[row]) : () => valueOf(values);
}
