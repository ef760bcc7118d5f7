"""What a client learns of the phone's radios and settings; the client is pymobiledevice3."""

from __future__ import annotations

import asyncio

import pytest
from pymobiledevice3.services.dvt.instruments.condition_inducer import ConditionInducer
from pymobiledevice3.services.mobile_config import MobileConfigService
from pymobiledevice3.services.notification_proxy import NotificationProxyService

from harness.model.interfaces import Interface
from harness.model.settings import BackgroundRefresh
from harness.virtual.kernel.settings import LOW_POWER_CHANGED, REFRESH_CHANGED
from tests.virtual.rig import rig, until
from tests.virtual.services.instruments import dvt


@pytest.mark.parametrize("insecure", [False, True])
def test_changes_of_background_refresh_and_low_power_mode_are_relayed(insecure: bool) -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with NotificationProxyService(lockdown, insecure=insecure, timeout=5) as proxy:
                # A registration is not answered; that the last one is heard says that all were made.
                for name in (REFRESH_CHANGED, LOW_POWER_CHANGED, "from.client"):
                    await proxy.notify_register_dispatch(name)
                await proxy.notify_post("from.client")
                heard = proxy.receive_notification()
                assert (await anext(heard)).name == "from.client"
                it.phone.settings.set_background_refresh(BackgroundRefresh.OFF)
                assert (await anext(heard)).name == REFRESH_CHANGED
                it.phone.settings.set_low_power(True)
                assert (await anext(heard)).name == LOW_POWER_CHANGED
            await lockdown.close()

    asyncio.run(main())


def test_wifi_that_a_client_switches_off_leaves_cellular_to_transfers() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with MobileConfigService(lockdown) as profiles:
                await profiles.set_wifi_power_state(False)
                assert it.phone.network.route(allows_cellular=True) is Interface.CELLULAR
                assert it.phone.network.route(allows_cellular=False) is None
                await profiles.set_wifi_power_state(True)
                assert it.phone.network.route(allows_cellular=False) is Interface.WIFI
            await lockdown.close()

    asyncio.run(main())


def test_a_link_that_a_client_made_bad_is_good_again_when_its_connection_ends() -> None:
    async def main() -> None:
        async with dvt() as (it, provider):
            async with ConditionInducer(provider) as inducer:
                await inducer.set("SlowNetwork100PctLoss")
                assert not it.phone.network.link.carries
                assert it.phone.network.route(allows_cellular=False) is Interface.WIFI
            await provider.close()
            await until(lambda: it.phone.network.link.carries)

    asyncio.run(main())
