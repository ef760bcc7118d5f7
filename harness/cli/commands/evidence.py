"""The commands about evidence: the live log, saved ones, stored runs and reports."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.oneoff import Asked
from harness.cli.options import Devices, Json, Phone, Wait
from harness.cli.work import later


def tail(
    facts: Annotated[bool, typer.Option("--facts", help="Only what the harness takes for evidence.")] = False,
    bundle_id: Annotated[
        str | None, typer.Option("--app", metavar="BUNDLE", help="Only facts of this app.")
    ] = None,
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Follow the phone's log until Ctrl-C."""
    from harness.cli import tail

    gc.enable()
    asked = Asked("tail", phone, devices, wait)
    later(as_json, lambda out: tail.facts(asked, out, bundle_id) if facts else tail.log(asked, out))


def log_archive(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to put it: a tar.")],
    last_s: Annotated[
        float, typer.Option("--last", metavar="SECONDS", min=1, help="How far back it reaches.")
    ] = 3600.0,
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Save what the phone has kept of its log."""
    from harness.cli import archive

    asked = Asked("log-archive", phone, devices, wait)
    later(as_json, lambda out: archive.save(asked, out, file, last_s=last_s))


def facts(
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
    later(as_json, lambda out: command.tell(asked, out))


def replay(
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

    later(as_json, lambda out: command.rejudge(out, timeline, hindsight=hindsight, verbose=verbose))


def report(
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
    later(
        as_json,
        lambda out: command.rebuild(out, directory) if directory else command.history(out, file, test, days),
    )
