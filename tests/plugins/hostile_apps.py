"""An app whose log lines, journal and names are made to hurt whoever reads them; for ``--virtual-apps``."""

from __future__ import annotations

from typing import Any

from harness.model.journal import LOG_SUBSYSTEM
from harness.virtual.apps.downloader import Downloader
from harness.virtual.apps.uikit import Logger
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.processes.process import current_process

BUNDLE_ID = "dev.harness.hostile"

SCRIPT = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
ANSI = "\x1b[2J\x1b[31mred\x1b]0;title\x07\x9b2K"
LINES = "one\nFAILED tests/other.py::test_nothing\r\ntwo\x85three\u2028four\u2029five\x0bsix"
LONG = "A" * 60_000
REVERSED = (
    "\u202egnp.exe\u2066 \u0000 \ufeff ]]> {{ 7*7 }} ${jndi} %s %(x)s {0.__class__} ::set-output name=a::b"
)

TEXTS = (SCRIPT, ANSI, LINES, LONG, REVERSED)
"""What it says, whenever it says anything."""


def imitations(bundle_id: str, pid: int) -> tuple[str, ...]:
    """Lines of the system's own, from a process that is not the system."""
    return (
        f"[app<{bundle_id}>:{pid}] Suspending task.",
        f"[app<{bundle_id}>:{pid}] Process exited: <RBSProcessExitContext| voluntary>",
        f'Received request to open "{bundle_id}" from nsurlsessiond:1.',
    )


class Hostile(Downloader):
    """Does all that a downloader should, and hurts whom it can on the way."""

    def note(
        self, event: str, *, session: str = "", task: str = "", detail: dict[str, Any] | None = None
    ) -> None:
        """Journal it, with harmful company."""
        super().note(
            event, session=session, task=task, detail=(detail or {}) | {"html": SCRIPT, "ansi": ANSI}
        )
        process = current_process()
        for text in (*TEXTS, *imitations(process.bundle_id, process.pid)):
            Logger("com.example.hostile", SCRIPT).log(text)
        for text in ("{", "[]", '{"event": 3}', SCRIPT, LONG):
            Logger(LOG_SUBSYSTEM, "journal").log(text)
        self.journal.write(SCRIPT + ANSI, session=LINES, task=LONG, detail={"long": LONG})


APPS = (AppBundle(BUNDLE_ID, "Hostile", "1.0", "Hostile", delegate=Hostile, debuggable=True),)
