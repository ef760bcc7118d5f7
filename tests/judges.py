"""The clients that judge the virtual iPhone and that Python and PyPI alone do not give."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass

INSTALLER = "tools/install-judges.sh"
"""What installs every judge."""


@dataclass(frozen=True)
class Judge:
    """One client.

    Attributes:
        name: as ``@pytest.mark.judge(name)`` has it.
        executables: what has to be on ``PATH``.
    """

    name: str
    executables: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Those of its executables that are not on ``PATH``."""
        return tuple(name for name in self.executables if shutil.which(name) is None)

    def not_run(self, count: int) -> str:
        """What the summary says of the tests that could not be run without it."""
        tests = "1 test" if count == 1 else f"{count} tests"
        return f"judge {self.name}: {tests} not run; {INSTALLER} installs it"


KNOWN: dict[str, Judge] = {
    judge.name: judge
    for judge in (
        Judge("go-ios", ("ios",)),
        Judge(
            "libimobiledevice",
            (
                "idevice_id",
                "idevicecrashreport",
                "idevicedate",
                "idevicediagnostics",
                "ideviceimagemounter",
                "ideviceinfo",
                "ideviceinstaller",
                "idevicename",
                "idevicepair",
                "idevicesyslog",
            ),
        ),
    )
}
"""Name -> judge."""


def complaints(judges: Iterable[Judge]) -> list[str]:
    """What is missing of some judges, one line for each that is not there."""
    return [
        f"judge {judge.name}: {', '.join(judge.missing)} not on PATH; {INSTALLER} installs it"
        for judge in judges
        if judge.missing
    ]
