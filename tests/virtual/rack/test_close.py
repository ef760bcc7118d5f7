from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from harness.model.journal import COMMAND_NOTIFICATION_SUFFIX, COMMAND_PATH
from harness.virtual.address import parse_rack_address
from harness.virtual.apps.sample import BUNDLE_ID, DOWNLOADER
from harness.virtual.rack import Rack
from harness.wire.usbmux import MuxFrame, encode
from tests.virtual.rig import identity, spec
from tests.virtual.urlsession.server import Connection, Server

DEVICES = 'version: 1\ndevices:\n  - {name: v-16, virtual: {ios: "16.7", model: "iPhone10,3"}}\n'
REMARK_ON_SLOWNESS = ("WARNING:asyncio:Executing <", " seconds")
"""Begin and end of what asyncio says in dev mode about a callback that took long on a loaded host."""


def test_a_rack_that_is_closed_ends_the_transfers_of_its_phones(tmp_path: Path) -> None:
    async def main() -> None:
        asked, hung_up = asyncio.Event(), asyncio.Event()

        async def half(connection: Connection) -> None:
            connection.head(200, Content_Length=1000)
            connection.send(b"x" * 500)
            asked.set()
            await connection.reader.read()
            hung_up.set()

        async with Server([half]) as server:
            rack = Rack([spec()], identity(), tmp_path, apps=[DOWNLOADER])
            await rack.start()
            (phone,) = rack.phones.values()
            phone.user_launch(BUNDLE_ID)
            command = {
                "id": "c1",
                "nonce": "n1",
                "do": "start-download",
                "args": {"url": server.url(), "id": "e"},
            }
            (phone.containers.path(BUNDLE_ID) / COMMAND_PATH).write_text(json.dumps(command))
            phone.darwin.post(BUNDLE_ID + COMMAND_NOTIFICATION_SUFFIX)
            await phone.clock.let_pass(phone.clock.now_s + 1)
            await asyncio.wait_for(asked.wait(), 10)
            await rack.close()
            await asyncio.wait_for(hung_up.wait(), 10)
            assert not phone.clock.held

    asyncio.run(main())


def test_in_dev_mode_a_rack_ends_without_a_warning_whatever_its_clients_do(tmp_path: Path) -> None:
    (tmp_path / "devices.yaml").write_text(DEVICES)
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "error", "-m", "harness.virtual", "serve", "devices.yaml"],
        cwd=tmp_path,
        env=os.environ
        | {"HARNESS_STATE_DIR": str(tmp_path / "state"), "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    address = parse_rack_address(process.stdout.readline())
    with (
        socket.socket(socket.AF_UNIX) as deaf,
        socket.socket(socket.AF_UNIX) as slow,
        socket.socket(socket.AF_UNIX) as asking,
    ):
        for client, path in ((deaf, address.usbmux), (slow, address.usbmux), (asking, address.clock)):
            client.connect(path)
        _ask_and_never_listen(deaf)
        slow.sendall(encode(MuxFrame(1, {"MessageType": "ListDevices"}))[:20])
        asking.sendall(b'{"op":"now","phone":"nobody"}\n')
        assert asking.recv(100)
        process.send_signal(signal.SIGTERM)
        _, talk = process.communicate(timeout=30)
    begin, end = REMARK_ON_SLOWNESS
    said = [line for line in talk.splitlines() if not (line.startswith(begin) and line.endswith(end))]
    assert (process.returncode, said) == (0, [])


def _ask_and_never_listen(client: socket.socket) -> None:
    """Until neither side takes anything any more."""
    client.settimeout(1.0)
    question = encode(MuxFrame(1, {"MessageType": "ListDevices"})) * 100
    try:
        while True:
            client.sendall(question)
    except TimeoutError:
        return
