"""One-offs at an agent whose leases are kept in PostgreSQL; the command line knows nothing of that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.cli import fast
from tests.virtual.farm.site import WITHIN_S, Site, wait_for

APP = "dev.harness.downloader"

pytestmark = pytest.mark.judge("postgresql")


def done(site: Site, *words: str) -> int | None:
    """Have the agent do it; the exit code, or ``None`` when it has not."""
    return fast.attempt([*words, "--phone", "v-a"], site.desk.environment)


def test_a_one_off_is_done_under_a_lease_of_the_rack(
    rack_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with rack_site.serving() as agent:
        wait_for(lambda: done(rack_site, "launch-app", APP) == 0, "the app is launched")
        assert done(rack_site, "kill-app", APP) == 0
        assert capsys.readouterr().out.endswith("was ended by signal 9\n")
        agent.has_told("granted", times=2)
        with rack_site.holder() as holder:
            holder.do("acquire", rack_site.udid("v-a"))
            assert done(rack_site, "launch-app", APP) == 4
            assert "held by pytest gw0" in capsys.readouterr().err


def test_an_agent_that_keeps_nothing_open_leaves_one_offs_to_the_command(rack_site: Site) -> None:
    with rack_site.serving("--no-keep-open"):
        assert done(rack_site, "launch-app", APP) is None


def test_a_one_off_that_is_under_way_is_cut_when_its_phone_is_taken_back(
    rack_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with rack_site.serving() as agent, ThreadPoolExecutor(1) as thread:
        wait_for(lambda: done(rack_site, "launch-app", APP) == 0, "the app is launched")
        assert rack_site.desk.shell("--phone", "v-a", "wedge-instruments", "after=0").returncode == 0
        capsys.readouterr()
        under_way = thread.submit(done, rack_site, "launch-app", APP)
        wait_for(lambda: "launch-app" in str(rack_site.phones()["v-a"].holder), "it is under way")
        agent.has_told("granted", "v-a", times=2)
        with rack_site.open_store() as store:
            assert store.revoke(rack_site.udid("v-a"))
        assert under_way.result(WITHIN_S) == 4
        assert "the phone was taken back while this was being done" in capsys.readouterr().err
