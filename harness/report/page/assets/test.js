// One attempt at one test: its verdicts, its message, its timeline and its facts.

/** Everything about a test, put into `main`; false when the file has not been read as far as that. */
function showTest(number, main) {
  const overview = run.tests[number];
  const test = openTest(number);
  if (!test) return false;
  Object.assign(test, { bundle_id: overview.bundle_id, nonce: overview.nonce });
  const judged = test.entries.filter((entry) => entry.is === "Judged");
  const placed = test.entries.some((entry) => entry.when !== null);
  const pin = element("aside", { class: "pin", "aria-live": "polite", hidden: true });
  const choose = (entry) => chooseEntry(entry, { chart, table, pin, from_s: test.from_s });
  const table = placed ? new FactTable(test, choose) : null;
  const chart = placed ? new Chart(test, choose, (from, to) => table.dimOutside(from, to)) : null;
  main.replaceChildren(element("article", { class: "test" }, testHead(overview, number),
    messageOf(test, overview, judged), verdicts(judged, chart),
    chart?.node ?? element("p", { class: "plain" }, "No timeline: no phone was watched for this test."), pin, table?.node ?? null,
    artifactsOf(test)));
  return true;
}

function chooseEntry(entry, { chart, table, pin, from_s }) {
  chart.choose(entry);
  table.choose(entry);
  pin.hidden = false;
  const close = button("×", () => { pin.hidden = true; chart.choose(null); table.choose(null); }, { "aria-label": "Let go of the fact" });
  pin.replaceChildren(element("div", { class: "pin-head" }, element("strong", {}, said(entry)), close), fieldsOf(entry, from_s, Infinity));
}

function testHead(test, number) {
  const phone = run.phones[test.phone];
  const { file, name } = run.rows[test.row];
  const about = [
    phone ? [phone.name, `iOS ${phone.ios}`, phone.model] : ["no phone"],
    test.bundle_id, span(test.duration_s), hostTime(test.started_s), test.worker, test.nonce && `nonce ${test.nonce}`,
  ].flat().filter(Boolean);
  return element("div", { class: "test-head" }, stepper(number),
    element("p", { class: "path" }, element("bdi", {}, file)),
    element("h2", {}, resultTag(test), " ", element("bdi", {}, breakable(name))),
    element("p", { class: "about" }, about.map((text) => element("bdi", {}, text)),
      phone ? element("span", { class: `hardware ${phone.hardware}` }, phone.hardware === "virtual" ? "virtual phone" : "real phone") : null),
    attemptsBar(test, number));
}

function attemptsBar(test, number) {
  const all = attemptsOf(test);
  if (all.length < 2) return null;
  return element("p", { class: "attempts" }, "Attempts: ", all.map((each) =>
    element("a", { href: `#test-${each.number}`, "aria-current": each.number === number ? "true" : null }, `${each.test.attempt} `, resultTag(each.test))));
}

/** To the overview, and to the tests before and after among those that are wanted. */
function stepper(number) {
  const { before, after } = neighbours(number);
  const link = (to, text, title) => (to === undefined ? element("span", { class: "muted" }, text) : element("a", { href: `#test-${to}`, title }, text));
  return element("nav", { class: "stepper", "aria-label": "Tests" }, element("a", { href: "#", title: "Esc" }, "All tests"),
    element("span", {}, link(before, "‹ previous", "k"), " ", link(after, "next ›", "j")));
}

function neighbours(number) {
  const shown = [...run.tests.keys()].filter((each) => each === number || (isWanted(run.tests[each]) && isLast(run.tests[each])));
  const place = shown.indexOf(number);
  return { before: shown[place - 1], after: shown[place + 1] };
}

function messageOf(test, overview, judged) {
  if (!test.message) return null;
  const told = judged.some((each) => each.outcome === overview.result && each.story);
  const whole = element("pre", { class: "message" }, test.message);
  if (!told) return element("section", { class: "why" }, element("h3", {}, `Why it is ${overview.result}`), whole);
  return element("details", { class: "why" }, element("summary", {}, "What pytest showed"), whole);
}

function verdicts(judged, chart) {
  if (!judged.length) return null;
  return element("section", { class: "verdicts" }, element("h3", {}, counted(judged.length, "verdict")),
    element("ol", {}, judged.map((each) => verdict(each, chart))));
}

function verdict(each, chart) {
  const head = [
    element("span", { class: `tag ${each.outcome}` }, element("b", {}, letterOf(each.outcome)), ` ${each.outcome}`),
    element("span", { class: "told" }, element("bdi", {}, clip(each.told, 300))), element("code", {}, each.reason),
  ];
  const show = button("Show on timeline", () => showWindow(each, chart), { class: "quiet" });
  const meaning = run.meanings[each.reason];
  return element("li", { class: `verdict ${each.outcome}` }, element("details", { open: each.outcome !== "passed" },
    element("summary", {}, head),
    element("p", {}, meaning ? `${meaning[0].toUpperCase()}${meaning.slice(1)}. ` : "", show),
    each.story ? element("pre", {}, String(each.story)) : null));
}

function showWindow(each, chart) {
  chart.show(each.since, Math.max(each.deadline_s ?? each.since, each.since));
  chart.node.scrollIntoView({ block: "start" });
}

function artifactsOf(test) {
  if (!test.artifacts.length) return null;
  return element("section", { class: "artifacts" }, element("h3", {}, "Files"),
    element("ul", {}, test.artifacts.map((path) => element("li", {}, element("a", { href: beside(path) }, path)))));
}

/** A link to a file beside the report, whatever its name looks like. */
function beside(path) {
  return `./${path.split("/").map(encodeURIComponent).join("/")}`;
}
