// The overview: what needs a look, and the matrix of tests and phones.

/** What the reader has asked to see. */
const wanted = { results: new Set(), words: "" };

function textOf(test) {
  const { file, name } = run.rows[test.row];
  const phone = run.phones[test.phone];
  const told = [file, name, test.nodeid, test.result, test.reason, run.meanings[test.reason], test.brief, test.nonce];
  if (phone) told.push(phone.name, `iOS ${phone.ios}`, phone.model, phone.hardware);
  return told.join("\n").toLowerCase();
}

/** Whether a test is among those asked for. */
function isWanted(test) {
  if (wanted.results.size && !wanted.results.has(test.result)) return false;
  if (!wanted.words) return true;
  test.text ??= textOf(test);
  return wanted.words.split(/\s+/).every((word) => test.text.includes(word));
}

function isVirtual(test) {
  return run.phones[test.phone]?.hardware === "virtual";
}

function phoneName(test) {
  const phone = run.phones[test.phone];
  return phone ? `${phone.name} (iOS ${phone.ios})` : "no phone";
}

function resultTag(test) {
  const striped = isVirtual(test) ? " virtual" : "";
  return element("span", { class: `tag ${test.result}${striped}` }, element("b", {}, letterOf(test.result)), ` ${test.result}`);
}

/** Tests that did not pass, those with one result and reason together. */
function findings() {
  const bad = run.tests.map((test, number) => ({ test, number })).filter(({ test }) => isLast(test) && !["passed", "skipped"].includes(test.result));
  const groups = Map.groupBy(bad, ({ test }) => `${test.result} ${test.reason}`);
  const order = RESULTS.map(([result]) => result);
  return [...groups.values()].sort((a, b) => order.indexOf(a[0].test.result) - order.indexOf(b[0].test.result) || b.length - a.length);
}

/** Whether it is the last attempt: earlier ones stay to be seen, the last one counts. */
function isLast(test) {
  return attemptsOf(test).at(-1).test === test;
}

const attempts = Map.groupBy(run.tests.map((test, number) => ({ test, number })), ({ test }) => `${test.nodeid} ${test.phone}`);
for (const all of attempts.values()) all.sort((a, b) => a.test.attempt - b.test.attempt);

function attemptsOf(test) {
  return attempts.get(`${test.nodeid} ${test.phone}`);
}

const FINDINGS_SHOWN = 6;

function findingsList() {
  const groups = findings();
  if (!groups.length) return null;
  return element("section", { class: "findings" }, element("h2", {}, "What needs a look"), groups.map(findingGroup));
}

function findingGroup(group) {
  const [{ test }] = group;
  const items = [...Map.groupBy(group, (each) => `${each.test.row} ${each.test.brief}`).values()].map(findingLine);
  const head = [resultTag({ ...test, phone: -1 }), element("span", { class: "why" }, run.meanings[test.reason] ?? whereFrom(test)),
    test.reason ? element("code", {}, test.reason) : null];
  const rest = items.length > FINDINGS_SHOWN + 1
    ? [element("details", {}, element("summary", {}, `${items.length - FINDINGS_SHOWN} more`), element("ul", {}, items.slice(FINDINGS_SHOWN)))] : [];
  const shown = rest.length ? items.slice(0, FINDINGS_SHOWN) : items;
  return element("div", { class: `finding ${test.result}` }, element("p", {}, head), element("ul", {}, shown), rest);
}

/** One test, on all phones on which it went the same way. */
function findingLine(same) {
  const [{ test }] = same;
  const phones = same.toSorted((a, b) => a.test.phone - b.test.phone);
  return element("li", {}, element("bdi", { class: "name" }, breakable(run.rows[test.row].name)),
    element("span", { class: "on" }, phones.map((each) => element("a", { href: `#test-${each.number}` }, element("bdi", {}, phoneName(each.test))))),
    element("bdi", { class: "brief" }, test.brief));
}

function whereFrom(test) {
  return test.phase === "call" ? "no verdict decided it" : `in ${test.phase}`;
}

const ROOMY = 5; // phones beside which there is room for a reason in each cell

/** The matrix, and how to show only what is wanted of it. */
class Matrix {
  constructor() {
    const hasPhoneless = run.tests.some((test) => test.phone < 0);
    this.columns = [...run.phones.keys(), ...(hasPhoneless ? [-1] : [])];
    this.cells = [];
    this.rows = run.rows.map(() => []);
    run.tests.forEach((test, number) => this.rows[test.row].push({ test, number }));
    this.empty = element("p", { class: "muted", hidden: true }, "No test is like that.");
    this.body = element("tbody", { on: { keydown: (event) => this.#key(event) } }, this.#bodyRows());
    const head = element("tr", {}, element("th", { scope: "col" }, "test"), this.columns.map(columnHead));
    this.node = element("section", { class: "matrix" }, element("h2", {}, "Tests on phones"),
      element("div", { class: "scroll" }, element("table", { class: this.columns.length > ROOMY ? "crowded" : null }, this.#widths(), element("thead", {}, head), this.body)), this.empty);
    this.cells[0]?.node.setAttribute("tabindex", "0");
  }

  /** Phones share what the names of tests leave; "no phone" says little and gets little. */
  #widths() {
    const phones = this.columns.map((phone) => element("col", { class: phone < 0 ? "none" : "phone" }));
    return element("colgroup", {}, element("col"), phones);
  }

  #bodyRows() {
    const files = Map.groupBy(run.rows.map((row, i) => ({ ...row, i })), (row) => row.file);
    this.groups = [...files].map(([file, rows]) => {
      const title = element("tr", { class: "file" }, element("th", { colspan: this.columns.length + 1, scope: "rowgroup" }, element("bdi", {}, file)));
      const lines = rows.map((row) => ({ node: this.#rowOf(row), i: row.i }));
      return { title, lines };
    });
    return this.groups.flatMap(({ title, lines }) => [title, ...lines.map(({ node }) => node)]);
  }

  #rowOf(row) {
    const cells = this.columns.map((phone) => {
      const here = this.rows[row.i].filter(({ test }) => test.phone === phone && isLast(test));
      return element("td", {}, here.map((each) => this.#cell(each)));
    });
    return element("tr", {}, element("th", { scope: "row", title: row.name }, element("bdi", {}, breakable(row.name))), cells);
  }

  #cell({ test, number }) {
    const count = attemptsOf(test).length;
    const isFine = test.result === "passed" || test.result === "skipped";
    const why = isFine ? "" : test.reason || `in ${test.phase}`;
    const label = `${test.result} on ${phoneName(test)}${why ? `: ${why}` : ""}${count > 1 ? `, attempt ${count}` : ""}`;
    const striped = isVirtual(test) ? " virtual" : "";
    const node = element("a", {
      class: `cell ${test.result}${striped}`, href: `#test-${number}`, "aria-label": label, title: `${label}\n${test.brief}`, tabindex: "-1",
    }, element("b", {}, letterOf(test.result)), why ? element("span", {}, why) : null, count > 1 ? element("sup", {}, `×${count}`) : null);
    this.cells.push({ node, test, row: test.row });
    return node;
  }

  /** Show what is wanted; returns how many tests that are. */
  filter() {
    const rows = new Set();
    let count = 0;
    for (const { node, test, row } of this.cells) {
      const fits = isWanted(test);
      node.classList.toggle("unwanted", !fits);
      if (fits) rows.add(row);
      count += fits;
    }
    for (const { title, lines } of this.groups) {
      for (const { node, i } of lines) node.hidden = !rows.has(i);
      title.hidden = lines.every(({ node }) => node.hidden);
    }
    this.empty.hidden = count > 0;
    return count;
  }

  /** Arrows go from cell to cell; Tab leaves the matrix. */
  #key(event) {
    const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const cell = event.target.closest("td");
    if (!by || !cell) return;
    event.preventDefault();
    const lines = [...this.body.rows].filter((row) => !row.hidden);
    let [line, column] = [lines.indexOf(cell.parentElement), cell.cellIndex];
    do {
      line += by[0];
      column += by[1];
    } while (lines[line] && column > 0 && column <= this.columns.length && !lines[line].cells[column]?.firstChild);
    lines[line]?.cells[column]?.firstChild?.focus?.();
  }
}

function columnHead(number) {
  const phone = run.phones[number];
  if (!phone) return element("th", { scope: "col", class: "phone" }, "no phone");
  return element("th", { scope: "col", class: `phone ${phone.hardware}` },
    element("bdi", {}, phone.name), element("span", {}, `iOS ${phone.ios}`), element("small", {}, phone.model), element("small", { class: "hardware" }, phone.hardware));
}
