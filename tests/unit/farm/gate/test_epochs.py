"""A turn is served once in the life of a host, whatever becomes of the process and of the database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.farm.gate.epochs import Epochs, StaleEpoch

CLAIMS_ON = """\
import itertools, sys
from pathlib import Path
from harness.farm.gate.epochs import Epochs
epochs = Epochs(Path(sys.argv[1]))
for epoch in itertools.count(1):
    epochs.claim("phone", epoch)
    print(epoch, flush=True)
"""


def test_an_epoch_that_is_not_above_the_highest_is_refused(tmp_path: Path) -> None:
    epochs = Epochs(tmp_path / "epochs.json")
    epochs.claim("a", 5)
    for stale in (5, 4):
        with pytest.raises(StaleEpoch, match="served epoch 5"):
            epochs.claim("a", stale)
    epochs.claim("a", 6)
    epochs.claim("b", 1)
    assert (epochs.highest("a"), epochs.highest("b"), epochs.highest("c")) == (6, 1, 0)


def test_what_was_claimed_is_known_to_the_next_process(tmp_path: Path) -> None:
    Epochs(tmp_path / "epochs.json").claim("a", 5)
    with pytest.raises(StaleEpoch):
        Epochs(tmp_path / "epochs.json").claim("a", 5)


def test_a_process_killed_while_it_claims_loses_nothing_that_it_had_claimed(tmp_path: Path) -> None:
    path = tmp_path / "epochs.json"
    command = [sys.executable, "-c", CLAIMS_ON, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        said = 20 + len(process.stdout.read().splitlines())
    # One may have been claimed of which it could not say so any more.
    assert Epochs(path).highest("phone") in (said, said + 1)


def test_a_claim_that_cannot_be_written_down_is_none(tmp_path: Path) -> None:
    place = tmp_path / "gone"
    place.mkdir()
    epochs = Epochs(place / "epochs.json")
    place.rmdir()
    with pytest.raises(FileNotFoundError):
        epochs.claim("a", 1)
    assert epochs.highest("a") == 0


@pytest.mark.parametrize("text", ["", "[]", '{"a": "5"}', "{"])
def test_a_file_of_something_else_is_not_taken_for_no_epochs(tmp_path: Path, text: str) -> None:
    (tmp_path / "epochs.json").write_text(text)
    with pytest.raises(ConfigError, match="epochs"):
        Epochs(tmp_path / "epochs.json")
