"""Whatever happens to a default session's task, in whatever order: what must hold."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.states import AppState
from harness.virtual.apps.foundation import URLSession, URLSessionConfiguration, URLSessionTask
from harness.virtual.kernel.nsurlsessiond import inflight
from tests.virtual.apps.foundation.stage import BUNDLE_ID, URL, Notebook, Stage

SIZE = 100
PIECE = 10
GATES = tuple(range(PIECE, SIZE, PIECE))
"""The server stops after each piece, so that no test waits for it by the wall clock."""


@dataclass
class Story:
    """One task, and what is done to it."""

    stage: Stage
    notebook: Notebook = field(default_factory=Notebook)
    tasks: list[URLSessionTask] = field(default_factory=list[URLSessionTask])
    sent_bytes: int = -1
    frozen: tuple[int, int] | None = None

    def begin(self, *, waits: bool, cellular: bool) -> None:
        configuration = URLSessionConfiguration.default()
        configuration.waits_for_connectivity = waits
        configuration.allows_cellular_access = cellular
        configuration.timeout_interval_for_request = 20.0
        configuration.timeout_interval_for_resource = 200.0

        def code() -> None:
            self.tasks.append(URLSession(configuration, self.notebook).download_task(URL))
            self.tasks[0].resume()

        self.stage.run(code)

    @property
    def is_suspended(self) -> bool:
        process = self.stage.phone.processes.of_bundle(BUNDLE_ID)
        return process is not None and process.state is AppState.SUSPENDED

    async def send(self) -> None:
        """The server sends its head, then piece after piece, if it was asked."""
        opened = self.stage.dialler.opened
        if not opened or not opened[-1].got or opened[-1].closed_by or self.sent_bytes >= SIZE:
            return
        if self.sent_bytes < 0:
            self.stage.answer(b"x" * PIECE, of_bytes=SIZE, gates=GATES)
            self.sent_bytes = PIECE
        else:
            self.stage.send(b"x" * PIECE)
            self.sent_bytes += PIECE

    async def suspend(self) -> None:
        if self.stage.phone.processes.of_bundle(BUNDLE_ID) is not None and not self.is_suspended:
            await self.stage.suspend()

    async def open(self) -> None:
        self.stage.phone.user_launch(BUNDLE_ID)

    async def kill(self) -> None:
        process = self.stage.phone.processes.of_bundle(BUNDLE_ID)
        if process is not None:
            self.stage.phone.signal(process.pid, 9)

    async def lose_wifi(self) -> None:
        self.stage.phone.conditions.switch_wifi(False)

    async def find_wifi(self) -> None:
        self.stage.phone.conditions.switch_wifi(True)

    async def lose_all(self) -> None:
        self.stage.phone.conditions.switch_airplane(not self.stage.phone.conditions.airplane)

    async def wait(self) -> None:
        await self.stage.wait(7)

    async def cancel(self) -> None:
        process = self.stage.phone.processes.of_bundle(BUNDLE_ID)
        if process is not None and not self.is_suspended:
            self.stage.run(self.tasks[0].cancel)

    def check(self) -> None:
        told, task = self.notebook.told, self.tasks[0]
        ends = [one for one in told if one.startswith("end")]
        assert len(ends) <= 1
        assert not ends or told[-1] == ends[0]
        assert ("file" in told) == (ends == ["end 200"])
        assert self.notebook.files in ([], [b"x" * SIZE])
        assert len(self.stage.dialler.opened) <= 1
        # A file of Foundation's is there for a task under way, and for none that has ended.
        assert len(self.stage.downloads) <= (0 if task.state == "completed" else 1)
        self._check_suspended(len(told), task.count_of_bytes_received)

    def _check_suspended(self, *seen: int) -> None:
        """While it is suspended nothing is told and nothing is read, and the phone's time goes on."""
        if not self.is_suspended:
            self.frozen = None
            return
        assert self.frozen in (None, seen)
        assert not self.stage.phone.clock.held
        self.frozen = (seen[0], seen[1])


Step = Callable[[Story], Awaitable[None]]

STEPS: tuple[Step, ...] = (
    Story.send,
    Story.send,
    Story.suspend,
    Story.open,
    Story.kill,
    Story.lose_wifi,
    Story.find_wifi,
    Story.lose_all,
    Story.wait,
    Story.cancel,
)


async def tell(root: Path, steps: list[Step], *, waits: bool, cellular: bool) -> None:
    story = Story(Stage(root))
    story.begin(waits=waits, cellular=cellular)
    await story.stage.connected()
    for step in steps:
        await step(story)
        await asyncio.sleep(0)
        story.check()
    # In the end every task is over: by its own end, by a timeout, or with its process.
    if story.stage.phone.processes.of_bundle(BUNDLE_ID) is not None:
        story.stage.phone.user_launch(BUNDLE_ID)
    await story.stage.wait(300)
    story.check()
    assert story.tasks[0].state == "completed"
    assert not story.stage.phone.clock.held
    story.stage.phone.switch_off()


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=25), waits=st.booleans(), cellular=st.booleans())
def test_a_task_ends_once_is_told_in_order_and_stands_while_its_app_is_suspended(
    steps: list[Step], waits: bool, cellular: bool
) -> None:
    with tempfile.TemporaryDirectory() as root, pytest.MonkeyPatch.context() as patched:
        # A server that is silent must not cost this test five seconds of the host's time.
        patched.setattr(inflight, "SILENT_SERVER_S", 0.002)
        asyncio.run(tell(Path(root), steps, waits=waits, cellular=cellular))
