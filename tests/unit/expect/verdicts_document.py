"""docs/verdicts.md from the table of reasons: ``python -m tests.unit.expect.verdicts_document`` writes it."""

from __future__ import annotations

from pathlib import Path

from harness.model.reasons import MEANINGS, ClaimKind, Reason

PATH = Path(__file__).parents[3] / "docs" / "verdicts.md"

HEAD = """\
# Verdicts

A verdict is one of

| verdict | letter | means |
|---|---|---|
| passed | `.` | every guard and every claim is proven |
| failed | `F` | a claim is proven false, and the phone had no reason of its own |
| invalid | `I` | the experiment did not test what it claims to, such as with a debugger attached |
| inconclusive | `?` | evidence was lost, or iOS had a reason of its own |

An error of the rack or of a file is no verdict: pytest shows it as an error, and it says what to do.
All but `passed` are red for pytest, and no option makes one of them green.

Guards are asked before claims, and false before unknown: a guard proven false is *invalid*, a guard
unknown *inconclusive*; then a claim proven false is what the table says, and a claim unknown
*inconclusive*. A deadline that was not met is *failed* only when every source it rests on had passed it in
the phone's time, the guards hold, and no reason of the phone's own is known. Moments that are closer than
their errors have no order, and what hangs on one is `INCONCLUSIVE:order`.

What each question needs proven, and how the story of a verdict is read, is in
[expectations.md](expectations.md); what is watched, and what a gap makes unknown, in
[evidence.md](evidence.md).

`harness replay FILE` asks every question of a stored run again over what was known when the live verdict was
given, and says so when the answer is another one. FILE is a timeline, or a tape of the phone's own bytes.

## Several verdicts in one test

`app.softly.expect_…`, `device.softly.expect_…` and `wake.softly.expect_…` record what was not met and go
on. The test fails at the end of its call with every story; the worst verdict gives the letter: failed, then
invalid, then inconclusive.

## Reasons

What each reason means for each kind of claim. This table is the program's own; a test holds the two
together. A reason that means *passed* for an absence is one that `because=` may name.

"""


def document() -> str:
    """The whole text."""
    kinds = [kind.value for kind in ClaimKind]
    rows = [f"| reason | means | {' | '.join(kinds)} |", "|---|---|" + "---|" * len(kinds)]
    rows += [_row(reason) for reason in Reason]
    return HEAD + "\n".join(rows) + "\n"


def _row(reason: Reason) -> str:
    meaning = MEANINGS[reason]
    outcomes = " | ".join(meaning.for_claim(kind) for kind in ClaimKind)
    return f"| `{reason}` | {meaning.sentence} | {outcomes} |"


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
