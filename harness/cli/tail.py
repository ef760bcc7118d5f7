"""``harness tail``: the phone's log, or what the harness takes for evidence in it, until Ctrl-C."""

from __future__ import annotations

import asyncio
from datetime import datetime

from harness.cli.oneoff import Asked, Opened, one_phone
from harness.cli.out import Out
from harness.drivers.logrecords import LogDecoder
from harness.errors import DeviceLost
from harness.evidence.feeds.states import state_fact
from harness.evidence.recognizers import recognize, wanted
from harness.evidence.record import to_line
from harness.model.capabilities import LogStream, StateStream
from harness.model.facts import AppFact, Fact, Gap, Source
from harness.model.journal import LOG_SUBSYSTEM
from harness.model.raw import LogLoss, LogRecord


def log(asked: Asked, out: Out) -> None:
    """Follow the log.

    Raises:
        DeviceLost: the log ended.
        HarnessError: it could not be started.
    """
    with one_phone(asked) as opened:
        opened.runner.run(_log(opened, out))


async def _log(opened: Opened, out: Out) -> None:
    stream = await opened.phone.log()
    out.talk(f"following the log of {opened.identity}; Ctrl-C ends it")
    decoder = LogDecoder()
    async for read in stream:
        for item in decoder.feed(read.data):
            _tell(item, out)
    raise _ended(opened, "log")


def _tell(item: LogRecord | LogLoss, out: Out) -> None:
    when = moment(item.phone_s)
    if isinstance(item, LogLoss):
        out.data({"at_s": item.phone_s, "lost": True}, f"{when} -- the phone dropped records here --")
        return
    fields = {
        "at_s": item.phone_s,
        "process": item.process,
        "pid": item.pid,
        "level": item.level,
        "subsystem": item.subsystem,
        "category": item.category,
        "message": item.message,
    }
    # Further lines of a message are set in, so that none passes for a line of another process.
    message = item.message.replace("\n", "\n    ")
    out.data(fields, f"{when} {item.process}[{item.pid}] {item.level}: {message}")


def facts(asked: Asked, out: Out, bundle_id: str | None) -> None:
    """Follow what log and state stream say, as facts: a JSON line each, whether or not JSON was asked for.

    Args:
        asked: which phone.
        out: where to say it.
        bundle_id: only facts of this app, and the marks it leaves in the log; ``None`` for every app's
            facts, with marks that name no app.

    Raises:
        DeviceLost: a stream ended.
        HarnessError: one could not be started.
    """
    with one_phone(asked, bundle_id) as opened:
        opened.runner.run(_facts(opened, out, bundle_id))


async def _facts(opened: Opened, out: Out, bundle_id: str | None) -> None:
    log, states = await opened.phone.log(), await opened.phone.states()
    out.talk(f"following {opened.identity}; Ctrl-C ends it")
    tasks = [
        asyncio.create_task(_log_facts(opened, out, log, bundle_id)),
        asyncio.create_task(_state_facts(opened, out, states, bundle_id)),
    ]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _log_facts(opened: Opened, out: Out, log: LogStream, bundle_id: str | None) -> None:
    decoder = LogDecoder(wanted)
    async for read in log:
        for item in decoder.feed(read.data):
            _tell_log_item(item, out, bundle_id)
    raise _ended(opened, "log")


def _tell_log_item(item: LogRecord | LogLoss, out: Out, bundle_id: str | None) -> None:
    if isinstance(item, LogLoss):
        out.line(to_line(Gap(Source.SYSTEM_LOG, item.phone_s, item.phone_s, "the phone dropped records")))
    elif fact := recognize(item, bundle_id=bundle_id or "", subsystem=LOG_SUBSYSTEM):
        _tell_fact(fact, out, bundle_id)


async def _state_facts(opened: Opened, out: Out, states: StateStream, bundle_id: str | None) -> None:
    async for notice in states:
        _tell_fact(state_fact(notice), out, bundle_id)
    raise _ended(opened, "state stream")


def _tell_fact(fact: Fact, out: Out, bundle_id: str | None) -> None:
    if bundle_id is None or not isinstance(fact, AppFact) or fact.bundle_id == bundle_id:
        out.line(to_line(fact))


def _ended(opened: Opened, what: str) -> DeviceLost:
    fix = "Check the cable, and that the phone is on, then run it again."
    return DeviceLost(f"the {what} has ended", phone=opened.identity.name, fix=fix)


def moment(phone_s: float) -> str:
    """A moment of the phone's clock, as a log shows it, in this host's time zone."""
    return datetime.fromtimestamp(phone_s).astimezone().strftime("%H:%M:%S.%f")[:-3]
