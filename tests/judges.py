"""The clients that judge what is made here and that Python and PyPI alone do not give.

Most judge the virtual iPhone; a browser judges the report, and a database the leases of a rack.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

INSTALLER = "tools/install-judges.sh"
"""What installs every judge."""

SUITE = "pymobiledevice3-suite"
"""The judge that is a directory: the device tests of pymobiledevice3, as the installer lays them out."""

SUITE_VARIABLE = "HARNESS_PYMOBILEDEVICE3_SUITE"
"""Names that directory where it is not beside the installer's ``bin``."""

APPIUM = Path(__file__).parents[1] / "tools" / "appium"
"""Where the harness itself looks for the Appium that it starts, so the judge is what users start, too."""

SSHD = Path("/usr/sbin/sshd")
"""Where systems have ssh's server, which is on few users' ``PATH``; it starts by its whole path only."""

NEIGHBOUR = "ios"
"""The executable that the installer puts into ``bin``, beside which the directory is."""


OFF_PATH = "usr/lib/postgresql/*/bin"
"""Where Debian puts the programs of a PostgreSQL server, of each version its own."""


def executable(name: str) -> str | None:
    """Where a program is: on ``PATH``, or of a PostgreSQL server, the newest one; ``None`` when nowhere."""
    if found := shutil.which(name):
        return found
    versions = sorted(Path("/").glob(f"{OFF_PATH}/{name}"), key=lambda path: int(path.parts[-3]))
    return str(versions[-1]) if versions else None


def suite_directory() -> Path | None:
    """Where pymobiledevice3's device tests are; ``None`` when they are not installed."""
    named = os.environ.get(SUITE_VARIABLE)
    neighbour = shutil.which(NEIGHBOUR)
    if named:
        place = Path(named)
    elif neighbour is not None:
        # Not resolved: the executable is a link that leads elsewhere.
        place = Path(neighbour).absolute().parent.parent / SUITE
    else:
        return None
    return place if (place / "VERSION").is_file() else None


@dataclass(frozen=True)
class Judge:
    """One client.

    Attributes:
        name: as ``@pytest.mark.judge(name)`` has it.
        executables: what has to be on ``PATH``.
        needs_suite: whether it is the directory of ``suite_directory``.
        file: what of it has to be there besides.
    """

    name: str
    executables: tuple[str, ...] = ()
    needs_suite: bool = False
    file: Path | None = None

    @property
    def missing(self) -> str:
        """What of it is not there and where it should be; empty when nothing is missing."""
        absent = [name for name in self.executables if executable(name) is None]
        if absent:
            return f"{', '.join(absent)} not on PATH"
        if self.needs_suite and suite_directory() is None:
            return f"neither at {SUITE_VARIABLE} nor beside the directory of {NEIGHBOUR} on PATH"
        if self.file is not None and not self.file.is_file():
            return f"{self.file} is not there"
        return ""

    def not_run(self, count: int) -> str:
        """What the summary says of the tests that could not be run without it."""
        tests = "1 test" if count == 1 else f"{count} tests"
        return f"judge {self.name}: {tests} not run; {INSTALLER} installs it"


KNOWN: dict[str, Judge] = {
    judge.name: judge
    for judge in (
        Judge("appium", ("node",), file=APPIUM / "node_modules" / "appium-xcuitest-driver" / "package.json"),
        Judge("chromium", ("chromium", "chromedriver")),
        Judge("go-ios", ("ios",)),
        Judge(
            "libimobiledevice",
            (
                "idevice_id",
                "idevicecrashreport",
                "idevicedate",
                "idevicedebug",
                "idevicediagnostics",
                "ideviceimagemounter",
                "ideviceinfo",
                "ideviceinstaller",
                "idevicename",
                "idevicenotificationproxy",
                "idevicepair",
                "ideviceprovision",
                "idevicescreenshot",
                "idevicesetlocation",
                "idevicesyslog",
                "ifuse",
                "inetcat",
                "iproxy",
            ),
        ),
        Judge("ssh", ("ssh", "ssh-keygen"), file=SSHD),
        Judge("postgresql", ("initdb", "pg_ctl")),
        Judge(SUITE, needs_suite=True),
        Judge("systemd", ("systemd-analyze",)),
    )
}
"""Name -> judge."""


def complaints(judges: Iterable[Judge]) -> list[str]:
    """What is missing of some judges, one line for each that is not there."""
    return [
        f"judge {judge.name}: {judge.missing}; {INSTALLER} installs it" for judge in judges if judge.missing
    ]
