"""The command line. Each command imports what it needs when it is run, so that a one-off starts fast."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.oneoff import Asked
from harness.cli.out import INTERRUPTED, OK, Out, ReaderGone, unexpected
from harness.errors import HarnessError

app = typer.Typer(
    name="harness",
    help="Drive iPhones through what iOS does to an app behind the user's back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
virtual_app = typer.Typer(help="Virtual iPhones.", no_args_is_help=True, rich_markup_mode=None)
ondevice_app = typer.Typer(help="What goes on a real phone.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(virtual_app, name="virtual")
app.add_typer(ondevice_app, name="ondevice")


class Way(StrEnum):
    """A way to end an app."""

    SYSTEM = "system"
    USER = "user"
    TERM = "term"


Bundle = Annotated[str, typer.Argument(metavar="BUNDLE", help="Bundle identifier of the app.")]
MaybeBundle = Annotated[
    str | None, typer.Argument(metavar="BUNDLE", help="Bundle identifier of the app that is meant.")
]
Device = Annotated[
    str | None, typer.Option("--device", metavar="NAME|UDID", help="Which phone; needed when several fit.")
]
Devices = Annotated[
    Path | None,
    typer.Option("--devices", metavar="FILE", help="Only the phones of this devices.yaml, under its names."),
]
Wait = Annotated[
    float,
    typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait while somebody holds the phone."),
]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout, one object per line.")]


@dataclass(frozen=True)
class Work:
    """What the command line asks for.

    Attributes:
        out: the command's voice.
        do: does it; returns the exit code, or ``None`` for success.
    """

    out: Out
    do: Callable[[Out], int | None]


CHOSEN: list[Work] = []
"""What was asked for, once the command line is read. It is done afterwards, out of reach of the library
that reads it, which has exit codes of its own for some errors."""


def _later(as_json: bool, do: Callable[[Out], int | None]) -> None:
    CHOSEN.append(Work(Out(as_json=as_json), do))


@app.command("devices")
def devices_command(
    devices: Devices = None,
    add: Annotated[
        bool, typer.Option("--add", help="Write the attached phones that are not in devices.yaml into it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the phones, and who holds each."""
    from harness.cli import devices as command

    asked = Asked("devices", devices=devices)
    _later(as_json, lambda out: command.add(asked, out) if add else command.show(asked, out))


@app.command("leases")
def leases_command(devices: Devices = None, as_json: Json = False) -> None:
    """List who holds which phone, and who waits."""
    from harness.cli import leases as command

    _later(as_json, lambda out: command.show(Asked("leases", devices=devices), out))


@app.command("restore")
def restore_command(
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
    _later(as_json, lambda out: command.restore(Asked("restore", devices=devices), wish, out))


@app.command("doctor")
def doctor_command(
    device: Device = None,
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

    asked = Asked("doctor", device, devices)
    _later(as_json, lambda out: command.examine_all(asked, out, bundle_id, origin=origin))


@app.command("scenarios")
def scenarios_command(
    profiles: Annotated[
        list[Path] | None,
        typer.Option(
            "--app",
            metavar="FILE",
            help="Profile of the app; several times for several (default: devices.yaml's).",
        ),
    ] = None,
    devices: Devices = None,
    as_json: Json = False,
) -> None:
    """Say which stories an app can be told on these phones, and what the others lack.

    No phone is asked: a virtual one offers what devices.yaml says, a real one is taken for a new one.
    """
    from harness.cli import scenarios as command

    _later(as_json, lambda out: command.show(profiles or [], devices, out))


@app.command("launch-app")
def launch_command(
    bundle_id: Bundle, device: Device = None, devices: Devices = None, wait: Wait = 0, as_json: Json = False
) -> None:
    """Launch an app, as a person would."""
    from harness.cli import apps

    asked = Asked("launch-app", device, devices, wait)
    _later(as_json, lambda out: apps.launch(asked, out, bundle_id))


@app.command("background-app")
def background_command(
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
    _later(as_json, lambda out: apps.background(asked, out, bundle_id))


@app.command("kill-app")
def kill_command(
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
    _later(as_json, lambda out: apps.kill(asked, out, bundle_id, way))


@app.command("state")
def state_command(
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
    _later(as_json, lambda out: apps.state(asked, out, bundle_id))


@app.command("tail")
def tail_command(
    facts: Annotated[bool, typer.Option("--facts", help="Only what the harness takes for evidence.")] = False,
    bundle_id: Annotated[
        str | None, typer.Option("--app", metavar="BUNDLE", help="Only facts of this app.")
    ] = None,
    device: Device = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Follow the phone's log until Ctrl-C."""
    from harness.cli import tail

    gc.enable()
    asked = Asked("tail", device, devices, wait)
    _later(as_json, lambda out: tail.facts(asked, out, bundle_id) if facts else tail.log(asked, out))


@app.command("log-archive")
def log_archive_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to put it: a tar.")],
    last_s: Annotated[
        float, typer.Option("--last", metavar="SECONDS", min=1, help="How far back it reaches.")
    ] = 3600.0,
    device: Device = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Save what the phone has kept of its log."""
    from harness.cli import archive

    asked = Asked("log-archive", device, devices, wait)
    _later(as_json, lambda out: archive.save(asked, out, file, last_s=last_s))


@app.command("facts")
def facts_command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A saved log; - reads standard input.")],
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORM", help="Its form; found out by itself.")
    ] = None,
    bundle_id: Annotated[
        str | None, typer.Option("--app", metavar="BUNDLE", help="Only facts of this app.")
    ] = None,
    executable: Annotated[
        str, typer.Option("--executable", metavar="NAME", help="Name of its executable, for lines of UIKit.")
    ] = "",
    ios: Annotated[
        int | None, typer.Option("--ios", metavar="MAJOR", help="iOS of the phone (default: any).")
    ] = None,
    year: Annotated[
        int | None,
        typer.Option("--year", min=2000, max=9999, help="Year of its first line, where lines have none."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what the harness takes for evidence in a saved log, one JSON line per fact.

    FILE may be what Console copied, `log show`, `idevicesyslog`, pymobiledevice3, go-ios or Appium printed,
    or the bytes of os_trace_relay. What was not recognised is counted on stderr. See docs/log-facts.md.
    """
    from harness.cli import facts as command

    asked = command.Asked(file, form, bundle_id, executable, ios, year)
    _later(as_json, lambda out: command.tell(asked, out))


@app.command("replay")
def replay_command(
    timeline: Annotated[
        Path, typer.Argument(metavar="FILE", help="A timeline or tape that `pytest --timelines DIR` kept.")
    ],
    hindsight: Annotated[
        bool,
        typer.Option("--hindsight", help="Judge over the whole file, also over what came later."),
    ] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Tell each verdict's story.")] = False,
    as_json: Json = False,
) -> None:
    """Judge a stored run again, without a phone.

    Each question is asked over what was known when the live verdict was given, and must get the same
    answer. Exits with 0 when all passed, 1 when one failed, 5 when one is invalid, inconclusive, or does
    not agree with the live verdict.
    """
    from harness.cli import replay as command

    _later(as_json, lambda out: command.rejudge(out, timeline, hindsight=hindsight, verbose=verbose))


@app.command("report")
def report_command(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A report's directory: its files are written anew.")
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Trends and flaky tests of all runs.")] = False,
    test: Annotated[
        str | None,
        typer.Option("--test", metavar="PATTERN", help="Only tests with this in their name; * is anything."),
    ] = None,
    days: Annotated[
        float,
        typer.Option("--days", metavar="N", min=0.01, help="Compare latencies of N days with N before."),
    ] = 28,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="Another history than the state directory's."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell a report again from its timelines, or what all runs so far tell.

    harness report out

    harness report --history --test background
    """
    from harness.cli import report as command

    if history == (directory is not None):
        raise typer.BadParameter("expected either DIR or --history")
    _later(
        as_json,
        lambda out: command.rebuild(out, directory) if directory else command.history(out, file, test, days),
    )


@virtual_app.command("serve")
def serve_command(
    devices: Annotated[
        Path, typer.Argument(metavar="DEVICES", help="The file that names the virtual phones.")
    ] = Path("devices.yaml"),
    apps: Annotated[
        Path | None,
        typer.Option(
            "--apps", metavar="FILE", help="Python file with your apps, see docs/virtual-iphone.md."
        ),
    ] = None,
    direct: Annotated[
        bool,
        typer.Option(
            "--direct", help="RSD of iOS 17 and later on ports of this machine, as a tunnel daemon offers it."
        ),
    ] = False,
    faults: Annotated[
        Path | None, typer.Option("--faults", metavar="FILE", help="Script of faults, see docs/faults.md.")
    ] = None,
    control: Annotated[
        bool, typer.Option("--control/--no-control", help="Let `harness virtual shell` break these phones.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Run virtual phones until Ctrl-C.

    Prints one line of JSON when they are ready: `usbmux` is the path of their socket, `phones` who is there.
    The harness's own commands find them. In another terminal, other clients are shown the way by

        export USBMUXD_SOCKET_ADDRESS=/the/path

    and libimobiledevice by UNIX:/the/path. `harness virtual shell` breaks and mends the phones meanwhile.
    """
    import asyncio
    from dataclasses import replace

    from harness.virtual.serve import ServeOptions, serve

    gc.enable()
    options = ServeOptions(devices, apps, direct=direct, faults=faults)
    options = options if control else replace(options, control=False)
    _later(as_json, lambda _: asyncio.run(serve(options)))


@virtual_app.command("shell", context_settings={"ignore_unknown_options": True})
def shell_command(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="A verb and its values; without it, a prompt."),
    ] = None,
    phone: Annotated[
        str | None, typer.Option("--phone", metavar="NAME|UDID", help="Which phone, when several run.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Break and mend virtual phones that run.

    Needs `harness virtual serve` in another terminal. `harness virtual shell help` lists the verbs;
    docs/faults.md says what clients see of each.

        harness virtual shell --phone v-16 show

        harness virtual shell --phone v-16 cut-cable after_bytes=1000

        harness virtual shell --phone v-16 mend
    """
    from harness.cli import shell as command

    _later(as_json, lambda out: command.shell(out, phone, words or []))


@ondevice_app.command("export")
def export_command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made if it is missing.")],
    force: Annotated[bool, typer.Option("--force", help="Replace files that somebody changed.")] = False,
    as_json: Json = False,
) -> None:
    """Write out the drop-in Swift file and the sample app."""
    from harness.ondevice.export import export

    def work(out: Out) -> None:
        for path in export(directory, force=force):
            out.data({"path": str(path)}, str(path))

    _later(as_json, work)


def main() -> None:
    """The console script; ends the process with the exit code.

    A one-off is over in less than a second, most of which is importing. What it allocates are modules,
    and nothing of them is garbage; nor does anything wait for them to be taken apart at the end.
    """
    gc.disable()
    code = run()
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def run() -> int:
    """Run the command that ``sys.argv`` names, and return the exit code; no error leaves it."""
    CHOSEN.clear()
    try:
        app(prog_name="harness")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else OK
    else:
        code = OK
    return perform(CHOSEN[-1]) if CHOSEN and code == OK else code


def perform(work: Work) -> int:
    """Do what was asked for, and return the exit code."""
    try:
        return work.do(work.out) or OK
    except HarnessError as error:
        return work.out.failed(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ReaderGone:
        return OK  # who read the output has seen enough
    except Exception as error:
        # What a library raises and the drivers' table does not know: one line, never a traceback.
        return unexpected(error)
