"""Crash reports, as go-ios and libimobiledevice fetch them from a phone on which an app has crashed."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from tests.virtual.judges.client import COMMAND_WITHIN_S
from tests.virtual.rig import APP, Rig, rig

REPORT = "Plain-2027-01-15-080000.ips"


def crash(it: Rig) -> None:
    def fail() -> None:
        raise RuntimeError("a bug")

    process = it.phone.processes.get(it.phone.launch(APP.bundle_id))
    assert process is not None
    process.enqueue(fail)


async def says(usbmux: str, *words: str) -> str:
    """What a command prints that has to succeed, while the phone goes on in this loop."""
    running = await asyncio.create_subprocess_exec(
        *words,
        env=os.environ | {"USBMUXD_SOCKET_ADDRESS": usbmux},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, talk = await asyncio.wait_for(running.communicate(), COMMAND_WITHIN_S)
    assert running.returncode == 0, talk
    return out.decode()


@pytest.mark.judge("go-ios")
def test_go_ios_lists_and_copies_reports(tmp_path: Path) -> None:
    async def main() -> None:
        async with rig() as it:
            crash(it)
            options = (f"--udid={it.phone.spec.udid}", "--tunnel-info-port=1")
            listed = await says(it.address.usbmux, "ios", "crash", "ls", *options)
            assert json.loads(listed) == {"files": [REPORT], "length": 1}
            await says(it.address.usbmux, "ios", "crash", "cp", "*", str(tmp_path), *options)
            [kept] = it.phone.crash_reports.directory.iterdir()
            assert (tmp_path / REPORT).read_bytes() == kept.read_bytes()

    asyncio.run(main())


@pytest.mark.judge("libimobiledevice")
def test_libimobiledevice_moves_reports_to_the_host(tmp_path: Path) -> None:
    async def main() -> None:
        async with rig() as it:
            crash(it)
            [kept] = it.phone.crash_reports.directory.iterdir()
            text = kept.read_bytes()
            usbmux = f"UNIX:{it.address.usbmux}"
            await says(usbmux, "idevicecrashreport", "-u", it.phone.spec.udid, str(tmp_path))
            assert (tmp_path / REPORT).read_bytes() == text
            assert list(it.phone.crash_reports.directory.iterdir()) == []

    asyncio.run(main())
