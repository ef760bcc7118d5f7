from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.api.origins import Origins
from harness.config.devices import DeviceEntry, DevicesFile, OriginSpec
from harness.errors import ConfigError, PreconditionError
from harness.model.identity import Hardware
from harness.runtime.loop import LoopThread


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    with LoopThread() as running:
        yield running


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of loopback that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


def origins(loop: LoopThread, spec: OriginSpec) -> Origins:
    devices = (DeviceEntry(name="desk", udid="00008120-00AB"),)
    return Origins(loop, DevicesFile(version=1, devices=devices, origin=spec).located(Path("devices.yaml")))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_a_real_phone_is_told_the_host_and_port_that_devices_yaml_advertises(loop: LoopThread) -> None:
    port = free_port()
    made = origins(loop, OriginSpec(advertise=f"http://mac.local:{port}"))
    assert made.serving(Hardware.REAL).base_url == f"http://mac.local:{port}"
    with socket.create_connection(("127.0.0.1", port), timeout=10):
        pass
    made.close()


def test_an_advertised_port_that_is_taken_is_named(loop: LoopThread, taken: int) -> None:
    made = origins(loop, OriginSpec(advertise=f"http://mac.local:{taken}"))
    with pytest.raises(PreconditionError, match=str(taken)):
        made.serving(Hardware.REAL)
    made.close()


def test_without_an_address_of_the_lan_a_real_phone_has_no_origin(loop: LoopThread) -> None:
    with pytest.raises(ConfigError, match="cannot reach the origin"):
        origins(loop, OriginSpec()).serving(Hardware.REAL)
