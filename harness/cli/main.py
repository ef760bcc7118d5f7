"""The command line. Each command imports what it needs when it is run, so that a one-off starts fast."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

import typer

from harness.cli.commands import apps, evidence, farm, phones, screen, settings, virtual
from harness.cli.options import one_word
from harness.cli.out import INTERRUPTED, OK, ReaderGone, having_reader, unexpected
from harness.cli.work import CHOSEN, Work
from harness.errors import HarnessError


def _group(help_text: str) -> typer.Typer:
    return typer.Typer(help=help_text, no_args_is_help=True, rich_markup_mode=None)


app = typer.Typer(
    name="harness",
    help="Drive iPhones through what iOS does to an app behind the user's back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "token_normalize_func": one_word},
)
app.command("devices")(phones.devices)
app.command("leases")(phones.leases)
app.command("restore")(phones.restore)
app.command("doctor")(phones.doctor)
app.command("scenarios")(phones.scenarios)

app.command("agent")(farm.agent)

farm_app = _group("Set a farm up, and mend it.")
farm_app.command("init")(farm.init)
farm_app.command("bump")(farm.bump)
farm_app.command("ungate")(farm.ungate)
farm_app.command("revoke")(farm.revoke)
farm_app.command("forget")(farm.forget)
app.add_typer(farm_app, name="farm")

app.command("launch-app")(apps.launch)
app.command("background-app")(apps.background)
app.command("kill-app")(apps.kill)
app.command("state")(apps.state)

app.command("home")(screen.home)
app.command("lock")(screen.lock)
app.command("unlock")(screen.unlock)
app.command("open-url")(screen.open_url)
app.command("tap")(screen.tap)
app.command("siri")(screen.siri)

set_app = _group("Change a setting of a phone to stay, or read it. `harness restore --all` puts it back.")
set_app.command("wifi")(settings.wifi)
set_app.command("background-refresh")(settings.background_refresh)
set_app.command("low-power")(settings.low_power)
set_app.command("airplane")(settings.airplane)
app.add_typer(set_app, name="set")
app.command("condition")(settings.condition)

app.command("tail")(evidence.tail)
app.command("log-archive")(evidence.log_archive)
app.command("facts")(evidence.facts)
app.command("replay")(evidence.replay)
app.command("report")(evidence.report)

virtual_app = _group("Virtual iPhones.")
virtual_app.command("serve")(virtual.serve)
virtual_app.command("shell", context_settings={"ignore_unknown_options": True})(virtual.shell)
app.add_typer(virtual_app, name="virtual")

ondevice_app = _group("What goes on a real phone.")
ondevice_app.command("export")(virtual.export)
app.add_typer(ondevice_app, name="ondevice")


def main() -> None:
    """The console script, for what no agent does (see ``harness.cli.fast``); ends the process.

    A one-off is over in less than a second, most of which is importing. What it allocates are modules,
    and nothing of them is garbage; nor does anything wait for them to be taken apart at the end.
    """
    gc.disable()
    code = run()
    with suppress(ReaderGone), having_reader():
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
