// The page: its head, what is shown below it, and the keys.

const main = document.getElementById("main");
const lastAttempts = run.tests.filter(isLast);
let matrix = null;
let overviewAt = 0; // where the overview was scrolled to

const THEMES = { auto: "dark", dark: "light", light: "auto" };

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // a page opened from a file may not have a memory
  }
}

function setTheme(theme, switcher) {
  document.documentElement.dataset.theme = theme;
  switcher.textContent = { auto: "◐ auto", dark: "● dark", light: "○ light" }[theme];
  try {
    localStorage.setItem("harness-theme", theme);
  } catch {
    // see above
  }
}

function themeSwitch() {
  const switcher = button("", () => setTheme(THEMES[document.documentElement.dataset.theme], switcher), { class: "theme quiet", "aria-label": "Light or dark" });
  const known = remembered("harness-theme");
  setTheme(Object.hasOwn(THEMES, known ?? "") ? known : "auto", switcher);
  return switcher;
}

/** On what the results were seen, in words. */
function hardwareTold() {
  const count = (hardware) => lastAttempts.filter((test) => run.phones[test.phone]?.hardware === hardware).length;
  const [real, virtual] = [count("real"), count("virtual")];
  if (!real && !virtual) return element("p", { class: "hardware-told" }, "No test got a phone.");
  if (!virtual) return element("p", { class: "hardware-told" }, `Seen on real phones: ${counted(real, "test")}.`);
  const text = real
    ? `${counted(real, "test")} on real phones, ${virtual} on virtual phones. What is striped, no real iPhone has shown.`
    : "Seen on virtual phones only. No real iPhone has shown any of this.";
  return element("p", { class: "hardware-told virtual" }, text);
}

function chips() {
  return RESULTS.map(([result, letter, meaning]) => {
    const count = lastAttempts.filter((test) => test.result === result).length;
    if (!count) return null;
    const chip = button("", () => toggle(result, chip), { class: `chip ${result}`, "aria-pressed": "false", title: `${result}: ${meaning}` });
    chip.append(element("b", {}, letter), element("strong", {}, count.toLocaleString("en")), result);
    return chip;
  });
}

function toggle(result, chip) {
  if (!wanted.results.delete(result)) wanted.results.add(result);
  chip.setAttribute("aria-pressed", String(wanted.results.has(result)));
  refilter();
}

const shownCount = element("span", { class: "muted", role: "status" });
const searchBox = element("input", {
  type: "search", placeholder: "Search tests, reasons, phones  ( / )", "aria-label": "Search tests, reasons and phones",
  on: { input: () => { wanted.words = searchBox.value.trim().toLowerCase(); refilter(); } },
});

function refilter() {
  if (location.hash.startsWith("#test-")) location.hash = "";
  const count = matrix.filter();
  const all = count === lastAttempts.length;
  overview.classList.toggle("narrowed", !all);
  shownCount.textContent = all ? "" : `${count} of ${counted(lastAttempts.length, "test")} shown`;
}

function head() {
  const phones = run.phones.length;
  const facts = [
    hostTime(run.started_s), `took ${span(run.duration_s)}`,
    `${counted(lastAttempts.length, "test")} on ${counted(phones, "phone")}`,
  ];
  return [
    element("div", { class: "head-line" }, element("h1", {}, element("a", { href: "#" }, "iPhone report")), themeSwitch()),
    element("div", { class: "chips", role: "group", "aria-label": "Show only" }, chips(), searchBox, shownCount),
    hardwareTold(),
    element("p", { class: "run" }, facts.map((text) => element("span", {}, text)), run.command ? element("code", {}, run.command) : null),
  ];
}

const overview = element("div", { class: "overview" });

function showOverview() {
  main.replaceChildren(overview);
  scrollTo(0, overviewAt);
}

function route() {
  const number = Number(location.hash.match(/^#test-(\d+)$/)?.[1] ?? NaN);
  if (main.firstChild === overview) overviewAt = scrollY;
  if (!run.tests[number]) {
    document.title = titled();
    showOverview();
    return;
  }
  document.title = `${letterOf(run.tests[number].result)} ${run.rows[run.tests[number].row].name}`;
  if (!showTest(number, main)) {
    main.replaceChildren(element("p", { class: "plain" }, "The file is still being read …"));
    document.addEventListener("DOMContentLoaded", route, { once: true });
    return;
  }
  scrollTo(0, Math.min(scrollY, main.offsetTop - 8));
  main.focus({ preventScroll: true });
}

function titled() {
  const counts = RESULTS.map(([result]) => [lastAttempts.filter((test) => test.result === result).length, result]);
  return `${counts.filter(([count]) => count).map(([count, result]) => `${count} ${result}`).join(", ") || "no tests"} – iPhone report`;
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const number = Number(location.hash.slice("#test-".length));
  const { before, after } = location.hash.startsWith("#test-") ? neighbours(number) : {};
  if (event.key === "/") searchBox.focus();
  else if (event.key === "Escape" && location.hash) location.hash = "";
  else if (event.key === "j" && after !== undefined) location.hash = `test-${after}`;
  else if (event.key === "k" && before !== undefined) location.hash = `test-${before}`;
  else return;
  event.preventDefault();
});

document.getElementById("top").append(...head());
matrix = new Matrix();
overview.append(...[findingsList(), matrix.node].filter(Boolean));
addEventListener("hashchange", route);
route();
requestAnimationFrame(() => setTimeout(() => performance.mark("drawn"))); // after the frame, when it answers
