"""Running a client's command line against a virtual phone."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

COMMAND_WITHIN_S = 60.0
"""Wall seconds that a command of a client may take; a loaded host is slow."""

APP = "dev.harness.downloader"
"""The sample app, on every virtual phone."""


@dataclass(frozen=True)
class Answer:
    """What a command gave back.

    Attributes:
        code: exit status.
        out: what it printed.
        talk: what it wrote to stderr.
    """

    code: int
    out: str
    talk: str


@dataclass(frozen=True)
class Client:
    """A client and the phone it is pointed at.

    Attributes:
        name: the phone's name.
        udid: the phone's UDID.
        environment: variables the client needs beside those of this process.
        options: what every command takes beside its own arguments; they come last.
    """

    name: str
    udid: str
    environment: Mapping[str, str]
    options: tuple[str, ...] = ()

    def run(self, command: str) -> Answer:
        """Run a command to its end; ``{udid}`` in it is replaced."""
        done = subprocess.run(
            self._words(command),
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN_S,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def says(self, command: str) -> str:
        """What a command prints that has to succeed."""
        answer = self.run(command)
        assert answer.code == 0, f"{command}: {answer}"
        return answer.out

    @contextmanager
    def start(self, command: str) -> Generator[Talk]:
        """Run a command that goes on by itself until it is no longer needed."""
        process = subprocess.Popen(
            self._words(command),
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        # A client that says nothing is ended, so that reading from it comes to an end.
        deadline = threading.Timer(COMMAND_WITHIN_S, process.kill)
        deadline.start()
        try:
            yield Talk(process)
        finally:
            deadline.cancel()
            process.kill()
            process.communicate()

    @contextmanager
    def again_and_again(self, command: str) -> Generator[None]:
        """Run a command over and over beside what else is done.

        For clients that do not say when they have begun to listen.
        """
        over = threading.Event()

        def repeat() -> None:
            while not over.is_set():
                self.run(command)

        thread = threading.Thread(target=repeat)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _words(self, command: str) -> list[str]:
        return [*command.format(udid=self.udid).split(), *self.options]


class Talk:
    """What a running command prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def until(self, pattern: str) -> str:
        """The next line in which the pattern is found.

        Raises:
            AssertionError: the command ended before it came; says what came instead.
        """
        assert self._process.stdout is not None
        seen: list[str] = []
        for line in self._process.stdout:
            if re.search(pattern, line):
                return line
            seen.append(line)
        raise AssertionError(f"nothing like {pattern!r} in {''.join(seen)!r}")
