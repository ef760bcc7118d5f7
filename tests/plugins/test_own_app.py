"""An app that knows nothing of the harness is told the shipped stories by its profile, over the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.config.profile import SHIPPED
from tests.plugins import couriers
from tests.plugins.runs import Ended, Place, Shared, shared_run

PHONES = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7", model: "iPhone10,3", seed: 16}
  - name: v-18
    virtual: {ios: "18.5", model: "iPhone14,5", seed: 18}
"""

STORIES = "from harness.scenarios.test_background_download import *\n"

PROFILE = SHIPPED / "courier.yaml"

S1, S9, S10, S56 = (
    "test_download_finishes_while_app_is_dead_and_relaunches_it",
    "test_opening_the_app_while_it_downloads_finds_the_task_and_starts_no_second",
    "test_a_finished_download_is_never_orphaned",
    "test_download_finishes_while_app_is_suspended_and_resumes_it",
)


@pytest.fixture(scope="module")
def correct(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    def run(path: Path) -> Ended:
        return Place(path, STORIES, PHONES).run(
            f"--app={PROFILE}", "-rA", "-k", f"{S1} or {S9} or {S10} or {S56}"
        )

    return shared_run(tmp_path_factory, "courier", run)


@pytest.mark.parametrize("story", [S1, S9, S10, S56])
@pytest.mark.parametrize("ios", ["ios-16.7", "ios-18.5"])
def test_a_story_passes_with_an_app_told_and_read_by_its_profile(
    correct: Shared, story: str, ios: str
) -> None:
    passed = [line for line in correct.ended.said.splitlines() if line.startswith("PASSED")]
    assert any(story in line and ios in line for line in passed), correct.ended.said


def variant_profile(path: Path, name: str) -> Path:
    """Courier's profile, for one that has a mistake: another bundle, and another inbox."""
    text = PROFILE.read_text(encoding="utf-8")
    bundle_id = f"dev.harness.courier.{name}"
    told = text.replace("bundle_id: dev.harness.courier", f"bundle_id: {bundle_id}")
    profile = path / f"{name}.yaml"
    profile.write_text(
        told.replace("notification: dev.harness.courier.inbox", f"notification: {bundle_id}.inbox")
    )
    return profile


@pytest.mark.parametrize(
    ("name", "story", "code"),
    [("hasty", S56, "CALLBACK_OUT_OF_ORDER"), ("greedy", S9, "TRANSFER_DUPLICATE")],
)
def test_a_mistake_is_found_out_without_a_journal(tmp_path: Path, name: str, story: str, code: str) -> None:
    options = (f"--app={variant_profile(tmp_path, name)}", f"--virtual-apps={couriers.__file__}", "-k", story)
    run = Place(tmp_path, STORIES, PHONES).run(*options)
    assert run.status == pytest.ExitCode.TESTS_FAILED, run.said
    assert code in run.said, run.said
    failures, _, _ = run.said.partition("short test summary info")  # which says it again where CI is set
    assert failures.count(f"FAILED {code}") == 2, run.said  # on either iOS
