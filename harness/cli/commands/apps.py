"""The commands on one app: launch, background, kill, state."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from harness.cli.oneoff import Asked
from harness.cli.options import Bundle, Device, Devices, Json, MaybeBundle, Wait
from harness.cli.work import later


class Way(StrEnum):
    """A way to end an app."""

    SYSTEM = "system"
    USER = "user"
    TERM = "term"


def launch(
    bundle_id: Bundle, device: Device = None, devices: Devices = None, wait: Wait = 0, as_json: Json = False
) -> None:
    """Launch an app, as a person would."""
    from harness.cli import apps

    asked = Asked("launch-app", device, devices, wait)
    later(as_json, lambda out: apps.launch(asked, out, bundle_id))


def background(
    bundle_id: MaybeBundle = None,
    device: Device = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Send an app to the background.

    Settings is opened over whatever is in the foreground.
    """
    from harness.cli import apps

    asked = Asked("background-app", device, devices, wait)
    later(as_json, lambda out: apps.background(asked, out, bundle_id))


def kill(
    bundle_id: Bundle,
    way: Annotated[
        Way, typer.Option("--as", help="system: SIGKILL, as the system ends a suspended app.")
    ] = Way.SYSTEM,
    device: Device = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """End an app, and see that its process is gone."""
    from harness.cli import apps

    asked = Asked("kill-app", device, devices, wait)
    later(as_json, lambda out: apps.kill(asked, out, bundle_id, way))


def state(
    bundle_id: MaybeBundle = None,
    device: Device = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Say what an app is doing.

    Foreground active, background running, suspended, or not running; every app without BUNDLE.
    """
    from harness.cli import apps

    asked = Asked("state", device, devices, wait)
    later(as_json, lambda out: apps.state(asked, out, bundle_id))
