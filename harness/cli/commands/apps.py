"""The commands on one app: launch, background, kill, state.

Their plain forms are handed to a host agent where there is one, before any of this is imported: see
``harness.cli.fast``, which ``--no-agent`` is meant for.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from harness.cli.oneoff import Asked
from harness.cli.options import Bundle, Devices, Json, MaybeBundle, NoAgent, Phone, Wait
from harness.cli.work import later


class Opening(StrEnum):
    """A way to open an app."""

    SERVICE = "service"
    ICON = "icon"


class Leaving(StrEnum):
    """A way to send an app to the background."""

    SETTINGS = "settings"
    HOME = "home"


class Way(StrEnum):
    """A way to end an app."""

    SYSTEM = "system"
    USER = "user"
    TERM = "term"


def launch(
    bundle_id: Bundle,
    by: Annotated[
        Opening,
        typer.Option("--by", help="service: process control, without the screen; icon: a tap on it."),
    ] = Opening.SERVICE,
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
    no_agent: NoAgent = False,
) -> None:
    """Launch an app, as a person would: no debugger, no XCTest."""
    from harness.cli import apps

    asked = Asked("launch-app", phone, devices, wait)
    later(as_json, lambda out: apps.launch(asked, out, bundle_id, by.value))


def background(
    bundle_id: MaybeBundle = None,
    by: Annotated[
        Leaving,
        typer.Option("--by", help="settings: opened over it, without the screen; home: Home is pressed."),
    ] = Leaving.SETTINGS,
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
    no_agent: NoAgent = False,
) -> None:
    """Send whatever is in the foreground to the background."""
    from harness.cli import apps

    asked = Asked("background-app", phone, devices, wait)
    later(as_json, lambda out: apps.background(asked, out, bundle_id, by.value))


def kill(
    bundle_id: Bundle,
    way: Annotated[
        Way,
        typer.Option(
            "--as",
            help="system: SIGKILL, as the system ends a suspended app; user: a swipe in the app switcher, "
            "after which iOS does not wake it; term: as a UI test ends it.",
        ),
    ] = Way.SYSTEM,
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
    no_agent: NoAgent = False,
) -> None:
    """End an app, and see that its process is gone.

    For user and term the phone's log says what it was ended by; exits with 5 when that is something else.
    """
    from harness.cli import apps

    asked = Asked("kill-app", phone, devices, wait)
    later(as_json, lambda out: apps.kill(asked, out, bundle_id, way.value))


def state(
    bundle_id: MaybeBundle = None,
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
    no_agent: NoAgent = False,
) -> None:
    """Say what an app is doing.

    Foreground active, background running, suspended, or not running; every app without BUNDLE.
    """
    from harness.cli import apps

    asked = Asked("state", phone, devices, wait)
    later(as_json, lambda out: apps.state(asked, out, bundle_id))
