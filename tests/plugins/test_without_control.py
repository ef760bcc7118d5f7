"""The main job needs nothing of the control socket: it passes on a rack that has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.virtual.serve import CONTROL_VARIABLE
from tests.plugins.runs import Place

SCENARIOS = Path(__file__).parents[2] / "harness" / "scenarios"

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


def test_the_shipped_scenarios_pass_on_a_rack_without_a_control_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONTROL_VARIABLE, "off")
    tests = (SCENARIOS / "test_background_download.py").read_text() + THE_SOCKET_IS_CLOSED
    profile = SCENARIOS / "apps" / "downloader.yaml"
    ended = Place(tmp_path, tests, PHONES.format(profile=profile)).run()
    assert ended.status == 0, ended.said
    each = tests.count('each="ios"')
    assert f"{2 * each + 1} passed" in ended.said
