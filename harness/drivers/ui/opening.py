"""Opening the screen of a phone: its runner, a backend on top of it, and what is done there.

Nothing is started by the opening itself. The runner comes up with the first thing that is done on the screen,
so a test that does nothing there pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.drivers.ui.attached import AttachedRunner
from harness.drivers.ui.backend import Backend
from harness.drivers.ui.failures import ALONE_FROM
from harness.drivers.ui.runner import UiRunner
from harness.drivers.ui.screen import Installed, PhoneScreen
from harness.drivers.ui.supervisor import Patience, Runner
from harness.drivers.ui.ways import UiWay, Via
from harness.model.capabilities import RunnerHost
from harness.model.identity import Hardware, PhoneIdentity

BackendMaker = Callable[[UiRunner, PhoneIdentity, UiWay], Backend]
"""Makes what passes on to the phone what is done to its screen; starts nothing before it is used."""


class RunnerScreen(PhoneScreen):
    """The screen of one phone, whose runner is let go of with it.

    Args:
        runner: works the screen.
        backend: passes on to the runner what is done.
        host: the phone.
        identity: the phone's.
        installed: tells what an app is called on the screen.
    """

    def __init__(
        self,
        runner: UiRunner,
        backend: Backend,
        host: RunnerHost,
        identity: PhoneIdentity,
        installed: Installed,
    ) -> None:
        super().__init__(backend, host, identity, installed=installed)
        self.runner = runner

    async def close(self) -> None:
        """End the session, and the runner if it was started for this."""
        try:
            await super().close()
        finally:
            await self.runner.close()


def open_screen(
    host: RunnerHost, identity: PhoneIdentity, way: UiWay, *, installed: Installed
) -> RunnerScreen:
    """The screen of a phone, worked in the way that is wanted.

    Args:
        host: the phone.
        identity: the phone's.
        way: how its screen is worked.
        installed: tells what an app is called on the screen.
    """
    runner = runner_of(host, identity, way)
    return RunnerScreen(runner, MAKERS[way.via](runner, identity, way), host, identity, installed)


def runner_of(
    host: RunnerHost, identity: PhoneIdentity, way: UiWay, patience: Patience | None = None
) -> UiRunner:
    """The runner of a phone: the one that somebody keeps if a URL is named, else one that is started.

    Args:
        host: the phone.
        identity: the phone's.
        way: how its screen is worked.
        patience: how long it is waited for.
    """
    if way.wda_url is not None:
        return AttachedRunner(host, identity, way.wda_url, patience)
    starts_alone = identity.hardware is Hardware.VIRTUAL or identity.ios_major >= ALONE_FROM
    return Runner(host, identity.name, way.runner, patience, starts_alone=starts_alone)


def _wda(runner: UiRunner, identity: PhoneIdentity, way: UiWay) -> Backend:
    # Imported here, as its neighbour: whoever works no screen does not pay for what it talks by.
    from harness.drivers.ui.wda.backend import WdaBackend

    return WdaBackend(runner, identity.name)


def _appium(runner: UiRunner, identity: PhoneIdentity, way: UiWay) -> Backend:
    from harness.drivers.ui.appium.backend import AppiumBackend
    from harness.drivers.ui.appium.server import server_at

    return AppiumBackend(server_at(way.appium_url), identity, runner)


MAKERS: Mapping[Via, BackendMaker] = {Via.WDA: _wda, Via.APPIUM: _appium}
"""Via -> what makes its backend."""
