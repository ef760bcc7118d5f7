"""``kill-app --as user|term``: an app is ended through the screen, and the phone's log tells by what.

That the process is gone does not tell. After a person's swipe iOS cancels the app's transfers and does not
wake it any more; after what a UI test does it goes on as before. So an end counts only when the phone itself
has recorded the cause that was meant. Source: background-execution.md §1.4.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.cli.apps import about
from harness.cli.oneoff import Opened
from harness.cli.out import INCONCLUSIVE, OK, Out
from harness.drivers.logrecords import LogDecoder
from harness.errors import CommandTimeout
from harness.evidence.recognizers import recognize, wanted
from harness.evidence.timeline import Timeline
from harness.expect.exits import cause_of
from harness.model.exits import ExitCause, ExitStory
from harness.model.facts import ProcessEnded
from harness.model.raw import LogRecord
from harness.model.screen import UserInterface

if TYPE_CHECKING:
    from harness.model.capabilities import LogStream, Phone

TOLD_WITHIN_S = 5.0
"""How long the log is waited for that tells of an end which was seen already, in wall time."""


async def watch_end(phone: Phone, bundle_id: str, pid: int, end: Callable[[], Awaitable[None]]) -> ExitStory:
    """End a process, and hear what the log tells of how it ended.

    Args:
        phone: the phone.
        bundle_id: the app.
        pid: its process.
        end: ends it; returns once it is gone.

    Returns:
        The story of its end; one of an unknown cause where the log tells nothing in time.
    """
    timeline, told = Timeline(nonce=""), asyncio.Event()
    stream = await phone.log()
    following = asyncio.create_task(_follow(stream, bundle_id, pid, timeline, told))
    try:
        await end()
        await _heard(phone, told)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await stream.close()
    return cause_of(timeline.evidence(), bundle_id, pid)


async def _follow(
    stream: LogStream, bundle_id: str, pid: int, timeline: Timeline, told: asyncio.Event
) -> None:
    decoder = LogDecoder(wanted)
    async for read in stream:
        for item in decoder.feed(read.data):
            fact = (
                recognize(item, bundle_id=bundle_id, subsystem=None) if isinstance(item, LogRecord) else None
            )
            if fact is None:
                continue
            timeline.append(fact)
            if isinstance(fact, ProcessEnded) and fact.pid == pid:
                told.set()


async def _heard(phone: Phone, told: asyncio.Event) -> None:
    """Return when the log has told of the end, or does not in time."""
    try:
        async with asyncio.timeout(TOLD_WITHIN_S):
            await phone.provoke_log()
            await told.wait()
    except (TimeoutError, CommandTimeout):
        return


@dataclass(frozen=True)
class ByScreen:
    """A way to end an app through the screen.

    Attributes:
        end: does it; returns once its process is gone.
        cause: what the phone then records.
        told: what was done, in words.
    """

    end: Callable[[UserInterface, str], Awaitable[None]]
    cause: ExitCause
    told: str


WAYS: Mapping[str, ByScreen] = {
    "user": ByScreen(
        lambda ui, bundle_id: ui.swipe_away(bundle_id),
        ExitCause.USER_FORCE_QUIT,
        "swiped out of the app switcher",
    ),
    "term": ByScreen(
        lambda ui, bundle_id: ui.terminate(bundle_id), ExitCause.AUTOMATION, "ended as UI automation does"
    ),
}
"""What is typed after ``--as`` -> the way."""


def end_by_screen(opened: Opened, out: Out, bundle_id: str, way: str) -> int:
    """End an app through the screen, and say what the phone recorded of it.

    Returns:
        The exit code: 5 when the process is gone, and the phone has not recorded the cause that was meant.

    Raises:
        AppNotRunning: the app switcher does not show it, or there is no process for UI automation to end.
        CapabilityMissing: nothing works the phone's screen.
        ScreenError: the screen could not be worked.
    """
    by = WAYS[way]
    pid = opened.runner.run(opened.phone.pid_of(bundle_id))
    story = opened.runner.run(_end(opened.phone, bundle_id, pid, by))
    found = {"pid": pid, "gone": True, "way": way}
    if story is None:
        out.data(
            about(opened, bundle_id) | found,
            f"{opened.identity}: {bundle_id} was {by.told}; it had no process, so nothing ended",
        )
        return OK
    is_proven = story.cause is by.cause
    text = f"{opened.identity}: {bundle_id} was {by.told}; process {pid} is gone, cause: {story.cause}"
    out.data(about(opened, bundle_id) | found | _fields(story), "\n".join([text, *_lines(story)]))
    if not is_proven:
        out.talk(f"harness: the phone has not recorded {by.cause}, so nothing that rests on it counts")
    return OK if is_proven else INCONCLUSIVE


async def _end(phone: Phone, bundle_id: str, pid: int | None, by: ByScreen) -> ExitStory | None:
    ui = phone.ui
    if pid is None:
        await by.end(ui, bundle_id)
        return None
    return await watch_end(phone, bundle_id, pid, lambda: by.end(ui, bundle_id))


def _fields(story: ExitStory) -> dict[str, Any]:
    return {"cause": story.cause, "evidence": _told(story), "note": story.note or None}


def _lines(story: ExitStory) -> list[str]:
    told = [f"  the log says   {says}" for says in _told(story)]
    return [*told, *([f"  left open      {story.note}"] if story.note else [])]


def _told(story: ExitStory) -> list[str]:
    """What speaks for the cause; several daemons log the same."""
    return list(dict.fromkeys(each.says for each in story.testimony if each.stands))
