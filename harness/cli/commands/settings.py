"""The commands that set and read a phone's settings, and have it simulate conditions."""

from __future__ import annotations

import gc
from enum import StrEnum
from typing import Annotated

import typer

from harness.cli.oneoff import Asked
from harness.cli.options import Devices, Json, Phone, Wait
from harness.cli.work import later
from harness.model.ladder import Toggle


class Switch(StrEnum):
    """The positions of a switch."""

    OFF = "off"
    ON = "on"


class Position(StrEnum):
    """The positions of Background App Refresh."""

    OFF = "off"
    WIFI = "wifi"
    ON = "on"


Value = Annotated[Switch | None, typer.Argument(metavar="[off|on]", help="Without it, it is read.")]


def wifi(
    value: Value = None,
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Wi-Fi: by the configuration service, else by Settings, Siri, or your access point."""
    _settle(Toggle.WIFI, value, Asked("set wifi", phone, devices, wait), as_json)


def airplane(
    value: Value = None,
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Airplane mode, which takes Wi-Fi and cellular along; the cable stays."""
    _settle(Toggle.AIRPLANE_MODE, value, Asked("set airplane", phone, devices, wait), as_json)


def low_power(
    value: Value = None,
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Low Power Mode; while it is on, the switches of Background App Refresh are grey."""
    _settle(Toggle.LOW_POWER, value, Asked("set low-power", phone, devices, wait), as_json)


def background_refresh(
    value: Annotated[
        Position | None,
        typer.Argument(
            metavar="[off|wifi|on]", help="wifi: on phones with cellular. Without it, it is read."
        ),
    ] = None,
    bundle_id: Annotated[
        str | None,
        typer.Option("--app", metavar="BUNDLE", help="The switch of this app, in place of the phone's."),
    ] = None,
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Background App Refresh, for the whole phone or for one app."""
    if bundle_id and value is Position.WIFI:
        raise typer.BadParameter("an app has a switch only: off or on", param_hint="--app")
    toggle = Toggle.APP_REFRESH if bundle_id else Toggle.BACKGROUND_REFRESH
    _settle(toggle, value, Asked("set background-refresh", phone, devices, wait), as_json, bundle_id or "")


def condition(
    word: Annotated[
        str,
        typer.Argument(
            metavar="list|NAME|off", help="What the phone knows, one to simulate, or an end of it."
        ),
    ] = "list",
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Have a phone simulate a bad network, or heat, until Ctrl-C.

    A condition ends with the connection that asked for it, so none stays when this command has ended.
    """
    from harness.cli import conditions

    asked = Asked(f"condition {word}", phone, devices, wait)
    if word == "list":
        later(as_json, lambda out: conditions.show(asked, out))
    elif word == "off":
        later(as_json, lambda out: conditions.end(asked, out))
    else:
        gc.enable()
        later(as_json, lambda out: conditions.hold(asked, out, word))


def _settle(
    toggle: Toggle, value: Switch | Position | None, asked: Asked, as_json: bool, bundle_id: str = ""
) -> None:
    from harness.cli import settings

    wish = settings.Wish(toggle, value.value if value else None, bundle_id)
    later(as_json, lambda out: settings.settle(asked, wish, out))
