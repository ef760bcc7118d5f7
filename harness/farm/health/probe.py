"""The way from a phone's app to the origin, proven by a small file that the app fetches."""

from __future__ import annotations

import asyncio
import json
import secrets

from harness.errors import OriginUnreachable
from harness.model.capabilities import Phone
from harness.model.journal import COMMAND_ARGUMENT
from harness.origin.run import OriginRun

NAME = "probe"
SIZE_BYTES = 64
WITHIN_S = 30.0
"""How long the app may take to fetch the probe, in phone time."""

LOOK_EVERY_S = 0.5
"""How often the receipts are looked at, in phone time."""

UNREACHABLE_FIX = (
    "Check, in this order: the phone's Wi-Fi is on and in the network of this Mac; the app may use the "
    "local network (Settings > Privacy & Security > Local Network); the app's Info.plist allows it "
    "(NSAppTransportSecurity with NSAllowsLocalNetworking); this Mac's firewall lets Python in; "
    "origin.bind in devices.yaml is this Mac's address there."
)

UNTRUSTED_FIX = (
    " Over HTTPS, too: the phone knows who signed for the origin; of `tls: self-signed` the profile is "
    "origin-authority.mobileconfig in the state directory, and what it brings is switched on in Settings > "
    "General > About > Certificate Trust Settings."
)


def what_to_check(url: str) -> str:
    """What to look at where an app did not fetch a URL of the origin."""
    return UNREACHABLE_FIX + (UNTRUSTED_FIX if url.startswith("https:") else "")


async def fetch_probe(phone: Phone, bundle_id: str, run: OriginRun, *, within_s: float = WITHIN_S) -> str:
    """Launch the app and have it download a small file, the way it downloads everything.

    The app is left in the foreground, with the finished download among its own.

    Args:
        phone: the phone.
        bundle_id: an app that knows the command ``start-download``.
        run: a namespace at the origin.
        within_s: how long it may take, in phone time.

    Returns:
        How the file was reached.

    Raises:
        OriginUnreachable: the file was not fetched; says what to look at.
        DeviceError: the app could not be launched.
    """
    file = run.file(NAME, size_bytes=SIZE_BYTES)
    command = {"command": secrets.token_hex(4), "nonce": run.nonce, "do": "start-download"}
    words = json.dumps(command | {"url": file.url, "id": NAME})
    await phone.launch(bundle_id, arguments=(COMMAND_ARGUMENT, words), kill_existing=True)
    deadline_s = (await phone.clock.now()).at_s + within_s
    while not any(receipt.complete for receipt in run.receipts):
        now_s = (await phone.clock.now()).at_s
        if now_s >= deadline_s:
            raise _unreachable(phone, file.url, run, within_s)
        await phone.clock.let_pass(min(deadline_s, now_s + LOOK_EVERY_S))
        # The request may still be in flight, while the phone's clock stands.
        await asyncio.sleep(0)
    return f"the app fetched {file.url}"


def _unreachable(phone: Phone, url: str, run: OriginRun, within_s: float) -> OriginUnreachable:
    return OriginUnreachable(
        f"the app did not fetch {url} within {within_s:g} s of phone time "
        f"(the origin was asked {len(run.receipts)} times)",
        phone=phone.identity.name,
        fix=what_to_check(url),
    )
