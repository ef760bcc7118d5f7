"""Having a phone work again that does not: what can be asked of it without its developer services."""

from __future__ import annotations

from harness.drivers.pmd3 import rebooting
from harness.drivers.pmd3.imports import prepare
from harness.drivers.pmd3.transport import Transport, own_usbmux
from harness.drivers.pmd3.way import Way
from harness.model.identity import PhoneIdentity
from harness.model.time import PhoneClock


async def restart_phone(identity: PhoneIdentity, usbmux: str | None, clock: PhoneClock | None) -> None:
    """Restart a phone over lockdown alone, whatever has become of its tunnel; returns once it is back.

    Args:
        identity: the phone.
        usbmux: address of usbmuxd; ``None`` for this host's own.
        clock: that of a virtual phone, which runs ahead while it boots; ``None`` for a real one.

    Raises:
        DeviceError: it cannot be told to, did not go down, or did not come back in time.
    """
    prepare()
    way = Way(identity.name, lambda: _over_lockdown(identity, usbmux or own_usbmux()))
    await way.open()
    try:
        await rebooting.restart(way, identity.name, clock)
    finally:
        await way.close()


async def _over_lockdown(identity: PhoneIdentity, usbmux: str | None) -> Transport:
    from harness.drivers.pmd3.lockdown import open_lockdown

    client = await open_lockdown(identity.udid, usbmux)

    async def renew() -> None:
        await client.get_value(key="ProductVersion")

    return Transport(
        client, client.close_all, renew, is_gone=lambda: False, is_stale=client.service.reader.at_eof
    )
