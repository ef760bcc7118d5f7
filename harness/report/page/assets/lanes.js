// A timeline as lanes: what is to be drawn, in phone time, before anyone knows where on the paper.
//
// A lane has a `title` and one of these: `bands` (stretches), `marks` (instants), `brackets` (windows of
// expectations), `requests` (bytes of a file over time) or `ticks` (how far a source has shown all). What
// the sources of a lane may have missed is in its `gaps`.

const PHONE_LOG = new Set([
  "OpenRequested", "Bootstrapped", "TerminationRequested", "ProcessEnded", "ReportFound", "DebuggerSeen",
  "SessionAssertion", "WakeRefused", "ResumeDelaySet", "WakeTold", "HeldBack", "ExitPending", "AppWarned",
  "BackgroundActivity", "LogPointSeen",
]);
const DRAWN_ELSEWHERE = new Set([
  "StateSeen", "CallbackSeen", "TransferSeen", "SettingRead", "DarwinSeen", "ProcessSeen", "ProcessAbsent",
  "ActionTaken", "Mark", "Judged", "Begun", "Gap", "Watermark",
]);

/** All lanes of a timeline, from top to bottom; those with nothing in them are left out. */
function lanesOf(entries, bundle_id, nonce) {
  const timeline = sorted(entries, bundle_id);
  const lanes = [
    actionsLane(timeline),
    expectationsLane(timeline),
    ...stateLanes(timeline),
    callbacksLane(timeline),
    ...transferLanes(timeline, nonce),
    ...settingLanes(timeline),
    marksLane(timeline, "Darwin", asMarks(timeline.kind("DarwinSeen")), ["Darwin notifications"]),
    marksLane(timeline, "phone's log", asMarks(timeline.own.filter((e) => PHONE_LOG.has(e.is))), ["system log"]),
    minor(marksLane(timeline, "process list", processMarks(timeline), ["process list"])),
    minor(marksLane(timeline, "other facts", asMarks(timeline.own.filter(isNew)), [])),
    minor(marksLane(timeline, "other apps", otherApps(timeline), [])),
    ...coverageLanes(timeline),
  ];
  return lanes.filter((lane) => lane !== null);
}

const MINOR_ROWS = 3;

/** A lane that is there to be asked, and takes little room for its labels. */
function minor(lane) {
  return lane && { ...lane, most: MINOR_ROWS };
}

function isNew(entry) {
  return !PHONE_LOG.has(entry.is) && !DRAWN_ELSEWHERE.has(entry.is);
}

/** The entries that lie somewhere, by kind, and the last word on every gap. */
function sorted(entries, bundle_id) {
  const placed = entries.filter((entry) => entry.when !== null);
  const own = placed.filter((entry) => !entry.bundle_id || !bundle_id || entry.bundle_id === bundle_id);
  const start = placed.reduce((least, entry) => Math.min(least, entry.when), Infinity);
  const end = placed.reduce((most, entry) => Math.max(most, entry.when, entry.to_s ?? 0), 0);
  const gaps = new Map();
  for (const gap of placed.filter((entry) => entry.is === "Gap")) gaps.set(`${gap.source} ${gap.from_s}`, gap);
  return {
    placed, own, start, end,
    kind: (name) => own.filter((entry) => entry.is === name),
    watchedUntil: (source) =>
      placed.reduce((most, entry) => (entry.source === source && entry.is !== "Gap" ? Math.max(most, entry.when) : most), -Infinity),
    gapsOf: (sources) =>
      [...gaps.values()]
        .filter((gap) => sources.includes(gap.source) && (gap.to_s === null || gap.to_s >= gap.from_s))
        .map((gap) => ({ from: gap.from_s, to: gap.to_s ?? end, open: gap.to_s === null, entries: [gap] })),
  };
}

/** When something happened for the folding: what a source merely covers is idle time. */
function momentsOf(entries) {
  const moments = [];
  for (const entry of entries) {
    if (entry.when === null || entry.is === "Watermark") continue;
    moments.push(entry.when);
    if (entry.is === "Judged" && entry.deadline_s !== null) moments.push(entry.deadline_s);
    if (entry.is === "Gap" && entry.to_s !== null) moments.push(entry.to_s);
  }
  return moments.sort((a, b) => a - b);
}

function asMarks(facts) {
  return facts.map((fact) => mark(fact, said(fact)));
}

const LABEL_LETTERS = 48;

/** As much of a text as stands beside a mark; the rest is in its tip. */
function shortened(text) {
  return text.length > LABEL_LETTERS ? `${text.slice(0, LABEL_LETTERS - 1)}…` : text;
}

function mark(fact, label, style = fact.is) {
  return { at: fact.when, error: fact.at_error ?? 0, label: shortened(label), style, entries: [fact] };
}

function marksLane(timeline, title, marks, sources) {
  if (!marks.length) return null;
  marks.sort((a, b) => a.at - b.at || a.entries[0].n - b.entries[0].n);
  return { title, marks: together(marks), gaps: timeline.gapsOf(sources) };
}

const SAME_MOMENT_US = 5000;

/** Marks that say the same of the same moment as one: a phone often logs a thing twice. */
function together(marks) {
  const kept = [];
  for (const each of marks) {
    const same = kept.findLast((other) => other.label === each.label);
    if (same && each.at - same.at <= SAME_MOMENT_US) same.entries.push(...each.entries);
    else kept.push(each);
  }
  return kept;
}

/** Every action leaves a mark at the same moment, which says nothing more. */
function marksOfActions(entries) {
  const acted = new Set(entries.filter((each) => each.is === "ActionTaken").map((each) => each.at));
  return new Set(entries.filter((each) => each.is === "Mark" && acted.has(each.at)));
}

function actionsLane(timeline) {
  const doubled = marksOfActions(timeline.own);
  const done = timeline.own.filter((each) => each.is === "ActionTaken" || (each.is === "Mark" && !doubled.has(each)));
  const lane = marksLane(timeline, "harness", asMarks(done), []);
  for (const each of lane?.marks ?? []) each.bold = true;
  return lane && { ...lane, through: true };
}

function expectationsLane(timeline) {
  const judged = timeline.kind("Judged");
  if (!judged.length) return null;
  const brackets = judged.map((each) => ({
    from: each.since, to: Math.max(each.deadline_s ?? each.since, each.since),
    outcome: each.outcome, label: `${letterOf(each.outcome)} ${each.reason}`, entries: [each],
  }));
  return { title: "expectations", brackets, gaps: [] };
}

function stateLanes(timeline) {
  const bySource = Map.groupBy(timeline.kind("StateSeen"), (fact) => fact.source);
  const told = [...bySource].map(([source, seen]) => [source, stretchesOf(seen, timeline.watchedUntil(source))]);
  const lanes = told.map(([source, stretches]) => ({
    title: `app state, ${source}`,
    bands: stretches.map((each) => ({
      ...each, style: each.state.replaceAll(" ", "-"), label: each.pid ? `${each.state} · ${each.pid}` : each.state,
    })),
    gaps: timeline.gapsOf([source]),
  }));
  if (told.length > 1) {
    const bands = disagreements(told[0][1], told[1][1]).map((each) => ({ ...each, style: "disagree" }));
    if (bands.length) lanes.splice(1, 0, { title: "they disagree", bands, gaps: [] });
  }
  return lanes;
}

const CALLBACK_ROWS = 14; // a wake brings many at the same moment, and each of them counts

function callbacksLane(timeline) {
  const lane = marksLane(timeline, "callbacks", callbackMarks(timeline), ["journal", "log mark"]);
  return lane && { ...lane, most: CALLBACK_ROWS };
}

/** One mark per callback: the journal's line and the mark in the log are the app saying it twice. */
function callbackMarks(timeline) {
  const told = new Map();
  for (const fact of timeline.kind("CallbackSeen")) {
    const key = `${fact.seq} ${fact.name} ${fact.pid}`;
    if (told.has(key)) told.get(key).entries.push(fact);
    else told.set(key, mark(fact, fact.name));
  }
  const marks = [...told.values()].sort((a, b) => a.at - b.at || a.entries[0].seq - b.entries[0].seq);
  let pid = null;
  for (const each of marks) {
    each.style = new Set(each.entries.map((fact) => fact.source)).size > 1 ? "twice" : "once";
    const writer = each.entries[0].pid;
    if (writer !== pid) each.label = `pid ${writer} · ${each.label}`;
    pid = writer;
  }
  return marks;
}

function processMarks(timeline) {
  const looks = [...timeline.kind("ProcessSeen"), ...timeline.kind("ProcessAbsent")];
  return looks.map((fact) => mark(fact, fact.is === "ProcessSeen" ? `pid ${fact.pid}` : "none"));
}

function otherApps(timeline) {
  const own = new Set(timeline.own);
  const others = timeline.placed.filter((entry) => !own.has(entry));
  return others.map((fact) => mark(fact, `${shortApp(fact.bundle_id)}: ${said(fact)}`, "other"));
}

function transferLanes(timeline, nonce) {
  const byFile = Map.groupBy(timeline.kind("TransferSeen"), (fact) => `${fact.nonce} ${fact.name}`);
  return [...byFile.values()].map((facts) => {
    const foreign = nonce && facts[0].nonce !== nonce;
    const requests = [...Map.groupBy(facts, (fact) => fact.request)].map(([number, seen]) => ({
      number,
      points: seen
        .map((fact) => ({ t: fact.when, bytes: fact.range_start + fact.body_bytes, phase: fact.phase, entries: [fact] }))
        .sort((a, b) => a.t - b.t || a.entries[0].n - b.entries[0].n),
    }));
    const most = Math.max(1, ...facts.map((fact) => Math.max(fact.size_bytes, fact.range_start + fact.body_bytes)));
    return {
      title: shortened(String(facts[0].name)), hint: foreign ? "another test's" : bytes(most),
      requests, most, gaps: timeline.gapsOf(["receipt"]),
    };
  });
}

/** Settings that changed have a lane each; of the others there is no more to say than what they were. */
function settingLanes(timeline) {
  const byName = Map.groupBy(timeline.kind("SettingRead"), (fact) => fact.name);
  const lanes = [];
  const still = [];
  for (const [name, reads] of byName) {
    const inOrder = reads.sort((a, b) => a.when - b.when || a.n - b.n);
    const changed = inOrder.some((fact) => fact.value !== inOrder[0].value);
    if (changed || name === "wifi") lanes.push(settingLane(timeline, name, inOrder));
    else still.push(inOrder[0]);
  }
  return [...lanes, stillLane(timeline, still)].filter(Boolean);
}

function stillLane(timeline, reads) {
  if (!reads.length) return null;
  const label = reads.map((fact) => said(fact)).join(" · ");
  const at = Math.min(...reads.map((fact) => fact.when));
  return marksLane(timeline, "other settings", [{ at, error: 0, label, style: "setting", entries: reads }], ["settings"]);
}

function settingLane(timeline, name, reads) {
  const bands = reads.map((fact, i) => ({
    from: fact.when, to: reads[i + 1]?.when ?? timeline.end, label: fact.value,
    style: fact.value === "off" || fact.value === "unknown" ? `setting-${fact.value}` : "setting", entries: [fact],
  }));
  return { title: shortened(String(name)), bands, gaps: timeline.gapsOf(["settings"]) };
}

function coverageLanes(timeline) {
  const marks = timeline.placed.filter((entry) => entry.is === "Watermark");
  const gaps = timeline.placed.filter((entry) => entry.is === "Gap");
  const sources = [...new Set([...marks, ...gaps].map((entry) => entry.source))].sort();
  return sources.map((source) => {
    const of = marks.filter((each) => each.source === source).sort((a, b) => a.when - b.when);
    return {
      title: `coverage, ${source}`, ticks: of.map((each) => ({ at: each.when, entries: [each] })),
      gaps: timeline.gapsOf([source]),
    };
  });
}
