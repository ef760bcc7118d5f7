"""What independent clients were seen to ask and to be content with: recorded once, held to ever after.

A judge that passes tells here what it had asked. With ``HARNESS_FIDELITY_RECORD`` naming a directory that is
written down there (by ``--every-version``, so that only what is asked on all of them counts);
``python -m tests.fidelity --record DIR`` makes ``accepted.json`` of it. Without, what the file says of that
judge has to be asked again, so the ledger can't claim what no longer happens.
"""

from __future__ import annotations

import functools
import json
import os
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

RECORD_VARIABLE = "HARNESS_FIDELITY_RECORD"
"""Names the directory of a recording."""

ACCEPTED_FILE = Path(__file__).with_name("accepted.json")
"""Client -> how it asked -> what it asked."""

HOWS_KEPT = 3
"""Of all the ways in which a client asks for something, so many are kept; the most particular ones."""

Accepted = Mapping[str, Mapping[str, Collection[str]]]


@functools.cache
def accepted() -> Accepted:
    """What is on record."""
    return json.loads(ACCEPTED_FILE.read_text()) if ACCEPTED_FILE.exists() else {}


def accept(client: str, how: str, asked: Iterable[str]) -> None:
    """A client was content.

    Args:
        client: which.
        how: the command or the test by which it asked.
        asked: what it had asked by then, as ``str(Question)`` has it.

    Raises:
        AssertionError: it did not ask what is on record.
    """
    names = sorted(set(asked))
    directory = os.environ.get(RECORD_VARIABLE)
    if directory:
        line = {"client": client, "how": how, "asked": names}
        (Path(directory) / f"{uuid.uuid4()}.json").write_text(json.dumps(line))
        return
    missing = set(accepted().get(client, {}).get(how, ())) - set(names)
    assert not missing, f"{ACCEPTED_FILE.name} says that {client} asks {sorted(missing)} by {how!r}"


def merged(directory: Path) -> Accepted:
    """What a recording comes to: what was asked each time when a client asked in one way."""
    every: dict[tuple[str, str], set[str]] = {}
    for path in sorted(directory.glob("*.json")):
        line = json.loads(path.read_text())
        key, asked = (line["client"], line["how"]), set(line["asked"])
        every[key] = every.get(key, asked) & asked
    return _kept(every)


def _kept(every: Mapping[tuple[str, str], set[str]]) -> Accepted:
    kept: dict[str, dict[str, list[str]]] = {}
    told: Counter[tuple[str, str]] = Counter()
    # Those that ask little come first: they say most clearly what they prove.
    for (client, how), asked in sorted(every.items(), key=lambda one: (len(one[1]), one[0])):
        new = sorted(name for name in asked if told[client, name] < HOWS_KEPT)
        if new:
            kept.setdefault(client, {})[how] = new
            told.update((client, name) for name in new)
    return {client: dict(sorted(hows.items())) for client, hows in sorted(kept.items())}


def judges_of(question: str) -> dict[str, list[str]]:
    """Client -> the ways in which it asks a question."""
    found = {
        client: [how for how, asked in hows.items() if question in asked]
        for client, hows in accepted().items()
    }
    return {client: hows for client, hows in found.items() if hows}
