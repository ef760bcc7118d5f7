// How results, facts and times are said.

/** Results in the order in which they need a look: word and letter. */
const RESULTS = [
  ["failed", "F", "the app is wrong"],
  ["invalid", "I", "the experiment did not test what it claims"],
  ["inconclusive", "?", "evidence was lost, or a rule of iOS was in the way"],
  ["error", "E", "the rack or its configuration"],
  ["passed", "P", "everything that was claimed is proven"],
  ["skipped", "S", "not run"],
];

const LETTERS = Object.fromEntries(RESULTS.map(([result, letter]) => [result, letter]));

function letterOf(result) {
  return LETTERS[result] ?? "·";
}

/** "3 tests", "1 test". */
function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

const SPANS = [
  [1e-3, 1e-6, "µs"],
  [1, 1e-3, "ms"],
  [120, 1, "s"],
  [7200, 60, "min"],
  [172800, 3600, "h"],
  [Infinity, 86400, "days"],
];

/** A length of time in the unit that suits it: `412 ms`, `3.2 s`, `7 days`. */
function span(seconds) {
  if (seconds === 0) return "0 s";
  const [, unit, name] = SPANS.find(([below]) => Math.abs(seconds) < below);
  const value = seconds / unit;
  return `${trimmed(value, Math.abs(value) < 10 ? 1 : 0)} ${name}`;
}

function trimmed(value, digits) {
  return String(Number(value.toFixed(digits)));
}

/** A moment relative to the first entry, with the digits that its error leaves: `+7.968740 s`. */
function relative(us, digits = 6) {
  const sign = us < 0 ? "−" : "+";
  return `${sign}${(Math.abs(us) / 1e6).toFixed(digits)} s`;
}

/** How many digits after the point an instant with this error has. */
function digitsFor(error_us) {
  if (!error_us) return 6;
  return Math.max(0, Math.min(6, 6 - Math.floor(Math.log10(error_us))));
}

/** A moment by the phone's wall clock, in UTC, to the microsecond. */
function absolute(from_s, us) {
  const total = Math.round(from_s * 1e6) + us;
  const date = new Date(Math.floor(total / 1e6) * 1000);
  if (Number.isNaN(date.getTime())) return "no such date";
  const fraction = String(((total % 1e6) + 1e6) % 1e6).padStart(6, "0");
  return `${date.toISOString().slice(0, 19).replace("T", " ")}.${fraction} UTC`;
}

/** A moment of this host, as people in the reader's time zone write it. */
function hostTime(seconds) {
  const form = { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  return new Date(seconds * 1000).toLocaleString("en-GB", form);
}

/** A number of bytes: `1 MB`, `5.24 MB`. */
function bytes(count) {
  const power = Math.min(4, Math.floor(Math.log10(Math.max(count, 1)) / 3));
  return `${trimmed(count / 1000 ** power, 2)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/** The last part of a bundle identifier, which is enough beside others. */
function shortApp(bundle_id) {
  return String(bundle_id).split(".").pop();
}

const SAID = {
  ActionTaken: (fact) =>
    `${fact.verb} ${fact.detail === fact.bundle_id ? "" : fact.detail}`.trim() +
    ({ null: " (no answer)", false: " (refused)" }[fact.done] ?? ""),
  Mark: (fact) => fact.what,
  StateSeen: (fact) => fact.state,
  ProcessSeen: (fact) => `process ${fact.pid}`,
  ProcessAbsent: () => "no process",
  Bootstrapped: (fact) => `started${fact.intent ? `, ${fact.intent}` : ""}${fact.why ? `: ${fact.why}` : ""}`,
  OpenRequested: (fact) => `open requested by ${fact.requester}`,
  TerminationRequested: (fact) => `${fact.requester} asks for its end`,
  ProcessEnded: (fact) => `ended: ${fact.domain} ${exitCode(fact.code)}`,
  ReportFound: (fact) => `${fact.kind} report${fact.victim ? "" : " (bystander)"}`,
  DebuggerSeen: (fact) => (fact.attached ? "debugger attached" : "debugger gone"),
  StateHint: (fact) => [fact.task && `task ${fact.task}`, fact.visibility].filter(Boolean).join(", "),
  ExitPending: (fact) => `its end is expected: ${fact.why}`,
  AppWarned: (fact) => `warned: ${fact.of}${fact.text ? `, ${fact.text}` : ""}`,
  HeldBack: (fact) => `waits: ${fact.why}`,
  WakeTold: (fact) => `wake: ${fact.step}`,
  BackgroundActivity: (fact) => `${fact.activity || "background activity"} ${fact.phase}`,
  SessionAssertion: (fact) => (fact.held ? "session assertion taken" : "session assertion dropped"),
  WakeRefused: (fact) => `no wake: ${fact.text}`,
  ResumeDelaySet: (fact) => `wake delay ${span(fact.delay_s)}`,
  CallbackSeen: (fact) => fact.name,
  LogPointSeen: (fact) => `${fact.level}: ${fact.text}`,
  TransferSeen: (fact) => `${fact.phase} at ${bytes(fact.range_start + fact.body_bytes)}${fact.complete ? ", whole" : ""}`,
  SettingChanged: (fact) =>
    `${fact.toggle} ${fact.value}${fact.bundle_id ? ` for ${shortApp(fact.bundle_id)}` : ""}, by ${fact.by}` +
    (fact.fidelity === "the same as by hand" ? "" : `: ${fact.fidelity}`),
  TransferAsked: (fact) => `${fact.id} asked for${fact.by_cellular ? "" : ", not by cellular"}`,
  SettingRead: (fact) => `${fact.name}: ${fact.value}`,
  DarwinSeen: (fact) => fact.name,
  ClockCompared: (fact) => `phone clock ${fact.ahead_s < 0 ? "behind" : "ahead"} by ${span(Math.abs(fact.ahead_s))} ±${span(fact.error_s)}`,
  Gap: (fact) => `gap: ${fact.why}`,
  Watermark: () => "shown up to here",
  Judged: (fact) => `${fact.outcome}: ${fact.told}`,
  Begun: (fact) => `begun: ${fact.test}`,
};

/** An exit code the way people know it: signals and statuses as they are, the long ones in hex. */
function exitCode(code) {
  return Math.abs(code) > 0xffff ? `0x${(code >>> 0).toString(16).toUpperCase()}` : String(code);
}

const SHORT = 120; // characters of a text among others

const OWN_FIELDS = new Set(["is", "n", "when", "at", "at_error", "source", "bundle_id"]);

/** A fact in a few words; one of a kind that is not known here tells its fields. */
function said(entry) {
  const brief = Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, isText(value) ? clip(value, SHORT) : value]));
  if (Object.hasOwn(SAID, entry.is)) return SAID[entry.is](brief);
  const told = Object.entries(brief).filter(([name, value]) => !OWN_FIELDS.has(name) && value !== "" && value !== null);
  return `${entry.is} ${told.map(([name, value]) => `${name}=${value}`).join(" ")}`;
}
