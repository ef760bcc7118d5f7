"""How long tests took is known to the next run."""

from __future__ import annotations

from pathlib import Path

from harness.plugins.durations import Durations
from harness.plugins.rundir import Requirement, RunDirectory

KIND = "virtual iOS 16"


def test_the_median_of_the_last_times_is_expected_and_of_kinds_the_slowest(tmp_path: Path) -> None:
    path = tmp_path / "known" / "it.json"
    for took_s in (90.0, 1.0, 2.0, 3.0, 4.0, 5.0):
        durations = Durations(path)
        durations.add("t::a", KIND, took_s)
        durations.add("t::a", "virtual iOS 18", 7.0)
        durations.save()
    known = Durations(path)
    assert known.expected_s("t::a", (KIND,)) == 3.0
    assert known.expected_s("t::a", (KIND, "virtual iOS 18")) == 7.0
    assert known.expected_s("t::b", (KIND,)) is None


def test_a_file_that_cannot_be_read_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "it.json").write_text("{")
    assert Durations(tmp_path / "it.json").expected_s("t::a", ()) is None


def test_a_test_is_begun_by_one_worker_and_what_was_told_is_read_back() -> None:
    run = RunDirectory.make()
    try:
        needs = {"t::a": Requirement((("v-a", "v-b"),), (KIND,)), "t::b": Requirement(why="none")}
        run.publish("gw0", needs)
        assert run.published("gw0") == needs
        assert run.published("gw1") == {}
        assert [run.begin(worker, 3) for worker in ("gw1", "gw0", "gw1")] == [True, False, True]
        assert (run.begun_by(3), run.begun_by(4)) == ("gw1", "")
        run.assign("gw0", 3, ("v-b",))
        assert (run.assigned("gw0", 3), run.assigned("gw1", 3)) == (("v-b",), ())
        run.lose("v-a")
        assert run.lost == {"v-a"}
    finally:
        run.remove()
