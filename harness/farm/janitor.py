"""The janitor: a process that outlives a holder which alters phones, to put them right if it is killed.

``python -m harness.farm.janitor LEASES HOLDER COMMAND...`` sleeps in the kernel until the holder has ended.
If that left phones altered, it becomes the command, which restores them; otherwise it ends. While it
sleeps it is a small process: it has imported nothing that drives phones.

It is in a session of its own and not a child of the holder, so that what kills a run by its process group
or by its tree of children does not take it along. What takes it along all the same, such as a power cut,
leaves the journal on the disk, and the phone to the next who wants it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.config.storeurl import is_remote
from harness.errors import FarmError
from harness.farm.leases import doors
from harness.farm.leases.store import LeaseStore, doors_of

LOG = "janitor.log"
"""Beside the lease file: what janitors could not handle, such as a defect's traceback."""

_IN_THE_BACKGROUND = '"$@" &'


@dataclass(frozen=True)
class Janitor:
    """How a janitor is made that can restore phones; starts one for each holder that alters any.

    Attributes:
        command: what it becomes; the address of the store and the holder's id are added to it.
    """

    command: tuple[str, ...]

    def start(self, leases: str, holder: str, environment: Mapping[str, str]) -> None:
        """Start one; returns once nothing that hits this process can hit it.

        Args:
            leases: address of the store.
            holder: whose end it waits for.
            environment: what it needs besides to open the store: the list of processes shows arguments to
                everybody, and this to nobody else.

        Raises:
            FarmError: this machine starts no more processes.
        """
        about = [leases, holder]
        waiting = [sys.executable, "-m", "harness.farm.janitor", *about, *self.command, *about]
        try:
            with open(_log(leases), "ab") as log:
                # The shell ends at once and leaves what it started to the system, which reaps it.
                subprocess.run(
                    ["/bin/sh", "-c", _IN_THE_BACKGROUND, "sh", *waiting],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    env={**os.environ, **environment},
                    start_new_session=True,
                    check=True,
                )
        except (OSError, subprocess.CalledProcessError) as error:
            what = f"nobody can be started who restores phones if this process is killed: {error}"
            raise FarmError(
                what, fix="See how many processes run here, and whether the disk is full"
            ) from error


def main(arguments: Sequence[str]) -> int:
    """Wait for the end of a holder, and have what it left altered restored; returns the exit status."""
    leases, holder, *command = arguments
    doors.await_end(doors_of(leases), holder)
    # Who removed the lease file meanwhile, such as the end of a temporary directory, wants nothing restored.
    if (is_remote(leases) or Path(leases).exists()) and _is_left(leases, holder):
        os.execv(command[0], command)
    return 0


def _log(leases: str) -> Path:
    return doors_of(leases).with_name(LOG)


def _is_left(leases: str, holder: str) -> bool:
    store = LeaseStore.of(leases)
    try:
        return bool(store.left_altered_by(holder))
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
