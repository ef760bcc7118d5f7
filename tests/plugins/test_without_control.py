"""The main job needs nothing of the control socket: it passes on a rack that has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.virtual.serve import CONTROL_VARIABLE
from tests.plugins.runs import Ended, Place, Shared, shared_run

SCENARIOS = Path(__file__).parents[2] / "harness" / "scenarios"

SHIPPED = tuple(sorted(path.name for path in SCENARIOS.glob("test_*.py")))

PHONES = """\
version: 1
defaults: {{app: {profile}}}
devices:
  - name: v-16
    virtual: {{ios: "16.7", seed: 1}}
  - name: v-18
    virtual: {{ios: "18.5", seed: 2}}
"""

THE_SOCKET_IS_CLOSED = """

def test_the_socket_is_closed(device):
    import json
    from harness.config.places import racks_dir

    (rack,) = [json.loads(path.read_text()) for path in racks_dir().glob("*.json")]
    assert rack["usbmux"] and rack["control"] == ""
"""

SOCKET_TEST = "test_it.py::test_the_socket_is_closed"


def run_of_scenario(factory: pytest.TempPathFactory, name: str) -> Shared:
    """A shipped file's run on a rack without a control socket, with a timeline of each test in ``kept``."""
    return shared_run(factory, f"shipped-{name}", lambda path: _run(path, name))


def _run(path: Path, name: str) -> Ended:
    tests = (SCENARIOS / name).read_text() + THE_SOCKET_IS_CLOSED
    place = Place(path, tests, PHONES.format(profile=SCENARIOS / "apps" / "downloader.yaml"))
    return place.run("--timelines=kept", variables={CONTROL_VARIABLE: "off"})


def count_of(name: str) -> int:
    """How many tests a shipped file has on the two phones."""
    return 2 * (SCENARIOS / name).read_text().count('each="ios"')


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_scenarios_pass_on_a_rack_without_a_control_socket(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ended = run_of_scenario(tmp_path_factory, name).ended
    assert ended.status == 0, ended.said
    assert f"{count_of(name) + 1} passed" in ended.said
