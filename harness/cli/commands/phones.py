"""The commands about phones: which there are, who has them, what they lack, and putting them right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.oneoff import Asked
from harness.cli.options import Devices, Json, Phone
from harness.cli.work import later


def devices(
    devices: Devices = None,
    add: Annotated[
        bool, typer.Option("--add", help="Write the attached phones that are not in devices.yaml into it.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again whenever it changes, until Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the phones: who holds each, how well it is, and what to do about one that is not."""
    from harness.cli import devices as command

    do = command.add if add else command.watch if watch else command.show
    later(as_json, lambda out: do(Asked("devices", devices=devices), out))


def leases(devices: Devices = None, as_json: Json = False) -> None:
    """List who holds which phone, and who waits."""
    from harness.cli import leases as command

    later(as_json, lambda out: command.show(Asked("leases", devices=devices), out))


def restore(
    phone: Annotated[
        str | None,
        typer.Option(
            "--phone", metavar="NAME|UDID", help="Only this one, and also when it is out of rotation."
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Put back, too, what somebody set to stay, as `harness set` does.")
    ] = False,
    by_hand: Annotated[
        bool,
        typer.Option("--by-hand", help="You have put the phone right yourself: forget what was changed."),
    ] = False,
    devices: Devices = None,
    as_json: Json = False,
) -> None:
    """Put back what a killed run left altered on its phones, and say what could not be.

    A phone that could not be restored three times is out of rotation. This says why, and what to do by hand.
    """
    from harness.cli import restoring as command

    wish = command.Wish(phone, kept=everything, by_hand=by_hand)
    later(as_json, lambda out: command.restore(Asked("restore", devices=devices), wish, out))


def doctor(
    phone: Phone = None,
    devices: Devices = None,
    bundle_id: Annotated[
        str | None,
        typer.Option(
            "--app",
            metavar="BUNDLE",
            help="The app to look for (default: that of devices.yaml's first profile).",
        ),
    ] = None,
    origin: Annotated[
        bool, typer.Option("--origin", help="Launch the app and have it fetch a file from here.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what each phone lacks for any test at all, and how to get it.

    What single stories of the catalogue take besides, `harness scenarios` says.
    """
    from harness.cli import doctor as command

    asked = Asked("doctor", phone, devices)
    later(as_json, lambda out: command.examine_all(asked, out, bundle_id, origin=origin))


def scenarios(
    profiles: Annotated[
        list[Path] | None,
        typer.Option(
            "--app",
            metavar="FILE",
            help="Profile of the app, or a sample app's name; several times for several (default: "
            "devices.yaml's).",
        ),
    ] = None,
    devices: Devices = None,
    as_json: Json = False,
) -> None:
    """Say which stories an app can be told on these phones, and what the others lack.

    No phone is asked: a virtual one offers what devices.yaml says, a real one is taken for a new one.
    """
    from harness.cli import scenarios as command

    later(as_json, lambda out: command.show(profiles or [], devices, out))
