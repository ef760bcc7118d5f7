"""Running a client's command line against a virtual phone."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.virtual.served import run_served

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
        words, environment = self._words(command), os.environ | self.environment
        if words[0] == "pymobiledevice3":
            # Starting it takes longer than what it is asked.
            host = environment["USBMUXD_SOCKET_ADDRESS"]
            done = run_served(words, Path.cwd(), environment, host=host, within_s=COMMAND_WITHIN_S)
            return Answer(done.returncode, done.stdout, done.stderr)
        done = subprocess.run(
            words,
            env=environment,
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
        with self.start_words(self._words(command)) as talk:
            yield talk

    @contextmanager
    def start_words(
        self,
        words: Sequence[str],
        directory: Path | None = None,
        *,
        typed: str = "",
        terminal: bool = False,
        within_s: float = COMMAND_WITHIN_S,
    ) -> Generator[Talk]:
        """As ``start``, of a command line that is already in words.

        Args:
            words: the command line.
            directory: where the client runs; in this process's own by default.
            typed: what is put into its standard input, which stays open.
            terminal: whether it prints to a terminal: some keep to themselves what goes elsewhere.
            within_s: wall seconds after which it is ended.
        """
        reading, writing = pty.openpty() if terminal else os.pipe()
        process = subprocess.Popen(
            words,
            env=os.environ | self.environment,
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=writing,
            stderr=subprocess.STDOUT,
        )
        os.close(writing)
        assert process.stdin is not None
        # A client that says nothing is ended, so that reading from it comes to an end.
        deadline = threading.Timer(within_s, process.kill)
        deadline.start()
        try:
            with open(reading, encoding="utf-8", errors="replace") as output:
                process.stdin.write(typed.encode())
                process.stdin.flush()
                yield Talk(output)
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

    def __init__(self, output: Iterable[str]) -> None:
        self._output = output

    def until(self, pattern: str) -> str:
        """The next line in which the pattern is found.

        Raises:
            AssertionError: the command ended before it came; says what came instead.
        """
        seen: list[str] = []
        # The end of what went to a terminal is an error of the terminal's on some hosts.
        with contextlib.suppress(OSError):
            for line in self._output:
                if re.search(pattern, line):
                    return line
                seen.append(line)
        raise AssertionError(f"nothing like {pattern!r} in {''.join(seen)!r}")
