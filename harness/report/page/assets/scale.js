// Phone time to places on the paper, with idle stretches folded.
//
// A virtual phone lets seven days pass in which nothing happens, a real one waits two minutes for a wake. Drawn
// to scale, everything else would be one line. So a stretch in which nothing was seen, much longer than
// the others, is folded to a strip of fixed width with a visible break. Between time and paper lies the
// length `u`: time in microseconds, less what is folded away. Zoom and pan know only `u`.

const FOLD_AT_LEAST_US = 2e6;
const FOLD_SHARE = 0.5; // of everything shorter; a stretch below that can be drawn as it is
const FOLDED_TO = 0.05; // of everything that is not folded

/**
 * The stretches worth folding, in order of time.
 * @param {number[]} moments at which something happened, in order, in microseconds
 */
function idleStretches(moments) {
  const stretches = [];
  for (let i = 1; i < moments.length; i++) {
    stretches.push({ from: moments[i - 1], to: moments[i], length: moments[i] - moments[i - 1] });
  }
  stretches.sort((a, b) => a.length - b.length);
  let shorter = 0;
  let first = stretches.length;
  for (let i = 0; i < stretches.length; i++) {
    const { length } = stretches[i];
    if (length > FOLD_AT_LEAST_US && length > FOLD_SHARE * shorter) {
      first = i;
      break;
    }
    shorter += length;
  }
  return stretches.slice(first).sort((a, b) => a.from - b.from);
}

/** Between phone time `t` and folded length `u`, both in microseconds. */
class Scale {
  constructor(moments, folding) {
    const start = moments[0] ?? 0;
    const end = Math.max(moments.at(-1) ?? 0, start + 1000);
    this.folds = folding ? idleStretches(moments) : [];
    const kept = this.folds.reduce((sum, fold) => sum - fold.length, end - start);
    const width = Math.max(kept, 1000) * FOLDED_TO;
    this.knots = [{ t: start, u: 0 }];
    let u = 0;
    let t = start;
    for (const fold of this.folds) {
      // Nothing happens at its very ends: a little of it stays to scale, so that marks stand clear of it.
      const margin = Math.min(width / 4, fold.length / 4);
      fold.t0 = fold.from + margin;
      fold.t1 = fold.to - margin;
      fold.u0 = u + fold.t0 - t;
      fold.u1 = fold.u0 + width;
      this.knots.push({ t: fold.t0, u: fold.u0 }, { t: fold.t1, u: fold.u1 });
      [u, t] = [fold.u1, fold.t1];
    }
    this.length = u + end - t;
    this.knots.push({ t: end, u: this.length });
  }

  toLength(t) {
    return this.#between(t, "t", "u");
  }

  toTime(u) {
    return this.#between(u, "u", "t");
  }

  #between(value, from, to) {
    const { knots } = this;
    if (value <= knots[0][from]) return knots[0][to] + value - knots[0][from];
    for (let i = 1; i < knots.length; i++) {
      const [a, b] = [knots[i - 1], knots[i]];
      if (value <= b[from]) {
        return a[to] + ((value - a[from]) * (b[to] - a[to])) / (b[from] - a[from] || 1);
      }
    }
    return knots.at(-1)[to] + value - knots.at(-1)[from];
  }
}

const MARGIN = 0.02; // of the length, left free at both ends
const SMALLEST_VIEW_US = 20;

/** The part of a scale that is seen. */
class View {
  constructor(scale) {
    this.scale = scale;
    this.whole = [-MARGIN * scale.length, (1 + MARGIN) * scale.length];
    [this.from, this.to] = this.whole;
  }

  get isWhole() {
    return this.from <= this.whole[0] && this.to >= this.whole[1];
  }

  /** Shares of the width, 0 at the left edge and 1 at the right. */
  share(t) {
    return (this.scale.toLength(t) - this.from) / (this.to - this.from);
  }

  timeAt(share) {
    return this.scale.toTime(this.from + share * (this.to - this.from));
  }

  zoom(factor, share = 0.5) {
    const fixed = this.from + share * (this.to - this.from);
    const widest = this.whole[1] - this.whole[0];
    const width = Math.min(Math.max((this.to - this.from) / factor, SMALLEST_VIEW_US), widest);
    this.#show(fixed - share * width, width);
  }

  pan(share) {
    const width = this.to - this.from;
    this.#show(this.from + share * width, width);
  }

  show(from_t, to_t) {
    const [from, to] = [this.scale.toLength(from_t), this.scale.toLength(to_t)];
    const room = Math.max((to - from) * 0.08, SMALLEST_VIEW_US);
    this.#show(from - room, to - from + 2 * room);
  }

  reset() {
    [this.from, this.to] = this.whole;
  }

  #show(from, width) {
    this.from = Math.min(Math.max(from, this.whole[0]), Math.max(this.whole[0], this.whole[1] - width));
    this.to = Math.min(this.from + width, this.whole[1]);
  }
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  .flatMap((step) => [step, step * 1e3])
  .concat([1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400, 172800, 604800].map((s) => s * 1e6))
  .sort((a, b) => a - b);

/** The distance between two numbers on the axis, when one microsecond is `px` pixels wide. */
function axisStep(px) {
  return STEPS.find((step) => step * px >= 76) ?? STEPS.at(-1);
}

/** A number on the axis: as many digits as its step needs. */
function axisLabel(t, step) {
  if (step >= 86400e6) return `${trimmed(t / 86400e6, 1)} d`;
  if (step >= 3600e6) return `${trimmed(t / 3600e6, 1)} h`;
  if (step >= 60e6) return `${trimmed(t / 60e6, 1)} min`;
  const digits = step >= 1e6 ? 0 : Math.min(6, Math.ceil(6 - Math.log10(step) - 1e-9));
  return `${(t / 1e6).toFixed(digits).replace("-", "−")} s`;
}
