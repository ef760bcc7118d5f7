// What each source says of the app's state, as stretches of time, and where two of them disagree.

/** Said by two sources within this of each other, a change of state is the same change. */
const SAME_CHANGE_US = 50e3;

/**
 * The stretches between the states that one source has seen.
 * @param {object[]} seen StateSeen facts of one source and one app
 * @param {number} end up to where the last of them is drawn
 */
function stretchesOf(seen, end) {
  const inOrder = seen.filter((fact) => fact.when !== null).sort((a, b) => a.when - b.when || a.n - b.n);
  const stretches = [];
  for (const fact of inOrder) {
    const last = stretches.at(-1);
    if (last && last.state === fact.state && last.pid === fact.pid) {
      last.entries.push(fact);
      continue;
    }
    if (last) last.to = fact.when;
    stretches.push({ from: fact.when, to: end, state: fact.state, pid: fact.pid, entries: [fact] });
  }
  if (stretches.length) stretches.at(-1).to = Math.max(end, stretches.at(-1).from);
  return stretches.filter((stretch) => stretch.to > stretch.from || stretch === stretches.at(-1));
}

/** From outside, a phone's active and inactive cannot be told apart. */
function asSeenFromOutside(state) {
  return state.startsWith("foreground") ? "foreground" : state;
}

/** Where two sources say different things of the same time, for longer than a change takes to be told. */
function disagreements(one, other) {
  const found = [];
  for (const a of one) {
    for (const b of other) {
      const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)];
      const differ = asSeenFromOutside(a.state) !== asSeenFromOutside(b.state);
      const known = a.state !== "unknown" && b.state !== "unknown";
      if (differ && known && to - from > SAME_CHANGE_US) {
        found.push({ from, to, label: `${a.state} or ${b.state}`, entries: [a.entries[0], b.entries[0]] });
      }
    }
  }
  return found;
}
