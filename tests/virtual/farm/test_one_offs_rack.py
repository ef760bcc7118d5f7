"""One-offs at an agent whose leases are kept in PostgreSQL; the command line knows nothing of that."""

from __future__ import annotations

import pytest

from harness.cli import fast
from tests.virtual.farm.site import Site, wait_for

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
