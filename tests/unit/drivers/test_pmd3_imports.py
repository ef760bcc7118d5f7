from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

LIBRARY = ("pymobiledevice3", "pymobiledevice3.remote.userspace_tunnel", "questionary", "requests")


def _loaded_after(code: str, watched: Sequence[str] = LIBRARY) -> dict[str, bool]:
    """Which modules a fresh interpreter holds after running ``code``."""
    report = f"\nimport json, sys\nprint(json.dumps({{name: name in sys.modules for name in {watched!r}}}))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_drivers_can_be_imported_without_the_library() -> None:
    assert not any(_loaded_after("import harness.drivers.pmd3, harness.drivers.virtual_clock").values())


def test_a_phone_whose_screen_could_be_worked_costs_no_test_that_does_not_work_it() -> None:
    code = "import harness.api.desk, harness.drivers.ui.ways"
    heavy = ("aiohttp", "appium", "selenium", "harness.drivers.ui.screen", "harness.drivers.ui.supervisor")
    assert not any(_loaded_after(code, heavy).values())


def test_a_command_over_lockdown_imports_neither_prompts_nor_downloads_nor_the_tunnel() -> None:
    loaded = _loaded_after(
        "from harness.drivers.pmd3.imports import prepare\n"
        "prepare()\n"
        "import pymobiledevice3.lockdown\n"
        "import pymobiledevice3.services.dvt.instruments.dvt_provider\n"
        "import pymobiledevice3.services.dvt.instruments.process_control"
    )
    assert loaded == {
        "pymobiledevice3": True,
        "pymobiledevice3.remote.userspace_tunnel": False,
        "questionary": False,
        "requests": False,
    }


def test_what_was_left_out_is_there_when_it_is_used_after_all() -> None:
    loaded = _loaded_after(
        "from harness.drivers.pmd3.imports import prepare\n"
        "prepare()\n"
        "import pymobiledevice3.utils as utils\n"
        "import requests\n"
        "assert utils.requests.get is requests.get\n"
        "assert utils.questionary.select.__module__.startswith('questionary')"
    )
    assert loaded["requests"]
    assert loaded["questionary"]
