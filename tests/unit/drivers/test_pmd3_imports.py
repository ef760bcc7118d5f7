from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

LIBRARY = ("pymobiledevice3", "pymobiledevice3.remote.userspace_tunnel", "questionary", "requests")
TALK = ("ifaddr", "prompt_toolkit", "psutil", "pycrashreport", "pygnuutils.cli.ls", "rich", "typer")


def _loaded_after(code: str, watched: Sequence[str] = LIBRARY) -> dict[str, bool]:
    """Which modules a fresh interpreter holds after running ``code``."""
    report = f"\nimport json, sys\nprint(json.dumps({{name: name in sys.modules for name in {watched!r}}}))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_the_drivers_can_be_imported_without_the_library() -> None:
    assert not any(_loaded_after("import harness.drivers.pmd3, harness.drivers.virtual_clock").values())


def test_a_phone_whose_screen_could_be_worked_costs_no_test_that_does_not_work_it() -> None:
    code = "import harness.api.desk, harness.drivers.ui.ways"
    heavy = ("aiohttp", "appium", "selenium", "harness.drivers.ui.screen", "harness.drivers.ui.supervisor")
    assert not any(_loaded_after(code, heavy).values())


def test_opening_a_phone_and_its_files_imports_neither_prompts_nor_downloads_nor_the_tunnel() -> None:
    loaded = _loaded_after(
        "from harness.drivers.pmd3.imports import prepare\n"
        "prepare()\n"
        "import pymobiledevice3.lockdown\n"
        "import pymobiledevice3.services.crash_reports\n"
        "import pymobiledevice3.services.house_arrest\n"
        "import pymobiledevice3.services.installation_proxy\n"
        "import pymobiledevice3.services.dvt.instruments.dvt_provider\n"
        "import pymobiledevice3.services.dvt.instruments.process_control",
        (*LIBRARY, *TALK),
    )
    assert [name for name, is_there in loaded.items() if is_there] == ["pymobiledevice3"]


PREPARED = """
from harness.drivers.pmd3.imports import prepare
prepare()
"""

DEFERRED_MODULES_ARE_USED = """
import pymobiledevice3.utils as utils
import requests
assert utils.requests.get is requests.get
assert utils.questionary.select.__module__.startswith("questionary")
"""

DEFERRED_NAMES_ARE_USED = """
import pymobiledevice3.bonjour as bonjour
import pymobiledevice3.osu.posix_util as posix
import pymobiledevice3.services.afc as afc
import pymobiledevice3.services.crash_reports as crashes
assert len(posix.get_adapters()) == len(bonjour.ifaddr.get_adapters())
assert posix.psutil.Process().is_running()
assert "B" == afc.BYTES_UNIT and "KiB" != afc.BYTES_UNIT
report = '{"bug_type": "1", "timestamp": "2026-01-01 00:00:00.00 +0000", "incident_id": "A"}\\n{}'
assert "App.ips" in str(crashes.get_crash_report_from_buf(report, filename="App.ips"))
assert type(afc.ProgressBar(total=1, disable=True)).__name__ == "ProgressBar"
afc.print_formatted_text(afc.HTML("<b>bold</b>"))
assert afc.ls_cli.make_context("ls", ["/"]).params["files"] == ("/",)
try:
    afc.ls_cli.make_context("ls", ["--help"])
except afc._ls_cli_click.exceptions.Exit:
    pass
"""

A_SHELL_IS_USED = """
import asyncio
from pymobiledevice3.interactive_shell import InteractiveShell, shell_command

class Greeter(InteractiveShell):
    @shell_command
    async def _do_greet(self, name: str) -> None:
        print(f"hello {name}")

asyncio.run(Greeter().interact())
"""


def test_what_was_left_out_is_there_when_it_is_used_after_all() -> None:
    loaded = _loaded_after(PREPARED + DEFERRED_MODULES_ARE_USED)
    assert loaded["requests"]
    assert loaded["questionary"]


def test_so_is_what_was_imported_from_it_by_name() -> None:
    assert all(_loaded_after(PREPARED + DEFERRED_NAMES_ARE_USED, TALK).values())


def test_the_shell_of_the_library_still_works() -> None:
    command = [sys.executable, "-c", PREPARED + A_SHELL_IS_USED]
    done = subprocess.run(command, input="greet Ada\n", capture_output=True, text=True, check=True)
    assert "hello Ada" in done.stdout
