// Facts in words: every field of one, and the table of all.

const NOT_FIELDS = new Set(["is", "n", "when", "at", "at_error", "since", "since_error", "story", "question"]);
const MOMENT_FIELDS = new Set(["phone_s", "from_s", "to_s", "deadline_s", "started_s"]);

/** All fields of an entry, as a list of terms; `limit` characters of each. */
function fieldsOf(entry, from_s, limit) {
  const rows = [["fact", entry.is], ...momentsTold(entry, from_s)];
  for (const [name, value] of Object.entries(entry)) {
    if (NOT_FIELDS.has(name) || value === "" || value === null) continue;
    rows.push([name.replace(/_s$/, "").replaceAll("_", " "), MOMENT_FIELDS.has(name) ? relative(value) : value]);
  }
  return element("dl", {}, rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, clip(value, limit))]));
}

function momentsTold(entry, from_s) {
  const at = entry.at ?? entry.since;
  if (at === undefined || at === null) return entry.when === null ? [] : [["absolute", absolute(from_s, entry.when)]];
  const error_us = entry.at_error ?? entry.since_error ?? 0;
  const error = error_us ? ` ± ${span(error_us / 1e6)}` : "";
  return [[entry.at === undefined ? "since" : "at", relative(at, digitsFor(error_us)) + error], ["absolute", absolute(from_s, at)]];
}

const ROWS_AT_ONCE = 400;

/** The table of a test's facts: searched, in step with the chart, a row to pin one. */
class FactTable {
  constructor(test, picked) {
    this.entries = test.entries.filter((entry) => entry).sort((a, b) => (a.when ?? -Infinity) - (b.when ?? -Infinity) || a.n - b.n);
    this.quiet = marksOfActions(this.entries);
    for (const entry of this.entries) if (entry.is === "Watermark") this.quiet.add(entry);
    this.from_s = test.from_s;
    this.picked = picked;
    this.limit = ROWS_AT_ONCE;
    this.rows = new Map();
    this.search = element("input", { type: "search", placeholder: "Search facts", "aria-label": "Search facts", on: { input: () => this.#filter() } });
    this.marks = element("input", { type: "checkbox", on: { change: () => this.#filter() } });
    this.told = element("span", { class: "muted", role: "status" });
    this.body = element("tbody", { on: { click: (event) => this.#clicked(event), keydown: (event) => this.#key(event) } });
    this.more = button("", () => this.#showMore(), { class: "more" });
    const head = ["time", "source", "fact", "pid", "app"].map((name) => element("th", { scope: "col" }, name));
    this.node = element("section", { class: "facts", "aria-label": "Facts" },
      element("div", { class: "tools" }, element("h3", {}, "Facts"), this.search,
        element("label", {}, this.marks, " with marks and coverage"), this.told),
      element("div", { class: "table" }, element("table", {}, element("thead", {}, element("tr", {}, head)), this.body)), this.more);
    this.#filter();
  }

  #filter() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.matching = this.entries.filter((entry) => (this.marks.checked || !this.quiet.has(entry)) && this.#has(entry, words));
    this.limit = ROWS_AT_ONCE;
    this.#fill();
  }

  #has(entry, words) {
    if (!words.length) return true;
    entry.text ??= `${said(entry)} ${Object.values(entry).join(" ")}`.toLowerCase();
    return words.every((word) => entry.text.includes(word));
  }

  #showMore() {
    this.limit += ROWS_AT_ONCE;
    this.#fill();
  }

  #fill() {
    const shown = this.matching.slice(0, this.limit);
    this.rows = new Map(shown.map((entry) => [entry.n, this.#row(entry)]));
    this.body.replaceChildren(...this.rows.values());
    this.told.textContent = counted(this.matching.length, "fact");
    const left = this.matching.length - shown.length;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show ${Math.min(left, ROWS_AT_ONCE)} more of ${left}`;
    this.#mark();
    if (this.seen) this.dimOutside(...this.seen);
    this.body.firstChild?.setAttribute("tabindex", "0");
  }

  #row(entry) {
    const moment = entry.when === null ? "" : relative(entry.when, digitsFor(entry.at_error ?? 0));
    const cells = [moment, entry.source ?? "", said(entry), entry.pid || "", shortApp(entry.bundle_id ?? "")];
    const style = entry.is === "Judged" ? `judged ${entry.outcome}` : entry.is.toLowerCase();
    return element("tr", { class: style, "data-n": entry.n, tabindex: "-1" }, cells.map((text) => element("td", {}, element("bdi", {}, String(text)))));
  }

  #clicked(event) {
    const row = event.target.closest("tr");
    if (row) this.picked(this.entries.find((entry) => entry.n === Number(row.dataset.n)));
  }

  #key(event) {
    const row = event.target.closest("tr");
    const next = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling }[event.key];
    if (next) next.focus();
    else if (event.key === "Enter" && row) row.click();
    else return;
    event.preventDefault();
  }

  /** Dim the rows of what the chart does not show now. */
  dimOutside(from, to) {
    this.seen = [from, to];
    for (const entry of this.matching.slice(0, this.limit)) {
      const outside = entry.when !== null && (entry.when < from || entry.when > to);
      this.rows.get(entry.n).classList.toggle("outside", outside);
    }
  }

  /** Show which entry is chosen, and bring its row into the table's view. */
  choose(entry) {
    this.chosen = entry;
    this.#mark();
    const row = entry && this.rows.get(entry.n);
    if (!row) return;
    const box = row.closest(".table");
    box.scrollTop = row.offsetTop - box.clientHeight / 2;
  }

  #mark() {
    this.body.querySelector("[aria-selected]")?.removeAttribute("aria-selected");
    if (this.chosen) this.rows.get(this.chosen.n)?.setAttribute("aria-selected", "true");
  }
}
