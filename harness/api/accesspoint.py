"""Keeping a phone off the network from outside: a command of the user's own, such as for their router."""

from __future__ import annotations

import asyncio
import os
import tempfile
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from harness.config.devices import DevicesFile
from harness.errors import CommandRefused, CommandTimeout, ConfigError

SWITCHED_WITHIN_S = 30.0
"""How long the command may take, in wall time."""

TOLD_BYTES = 500
"""How much of what a command that failed has written is told."""

KEY = "origin.access_point in devices.yaml"


@dataclass(frozen=True)
class AccessPoint:
    """An access point that lets a phone in or keeps it out.

    Attributes:
        command: the program and its arguments; ``{state}`` and ``{udid}`` are filled in.
        directory: where it is run.
        within_s: how long it may take, in wall time.
    """

    command: Sequence[str]
    directory: Path = Path()
    within_s: float = SWITCHED_WITHIN_S

    @classmethod
    def of(cls, file: DevicesFile | None) -> Self | None:
        """The one that a devices.yaml names, if it names one."""
        if file is None or file.origin.access_point is None:
            return None
        return cls(file.origin.access_point, file.path.resolve().parent)

    async def switch(self, on: bool, udid: str) -> None:
        """Have it let a phone in, or keep it out; returns once the command has ended well.

        Raises:
            ConfigError: there is no such command.
            CommandRefused: it ended with another status than 0.
            CommandTimeout: it did not end in time; it was killed.
        """
        # A file and no pipe: what the command has left running may hold a pipe open for ever.
        with tempfile.TemporaryFile() as told:
            running = await self._start(on, udid, told)
            await self._ended(running)
            if running.returncode:
                what = f"{self.command[0]} ended with status {running.returncode}: {_last_of(told)}"
                raise CommandRefused(what, fix=f"See {KEY}")

    async def _start(self, on: bool, udid: str, told: IO[bytes]) -> Process:
        words = [
            word.replace("{state}", "on" if on else "off").replace("{udid}", udid) for word in self.command
        ]
        try:
            return await asyncio.create_subprocess_exec(
                *words, cwd=self.directory, stdin=DEVNULL, stdout=told, stderr=STDOUT
            )
        except OSError as error:
            what = f"{words[0]} cannot be run: {error.strerror}"
            raise ConfigError(what, fix=f"See {KEY}") from error

    async def _ended(self, running: Process) -> None:
        try:
            async with asyncio.timeout(self.within_s):
                await running.wait()
        except TimeoutError as error:
            what = f"{self.command[0]} did not end within {self.within_s:g} s"
            raise CommandTimeout(what, fix=f"See {KEY}") from error
        finally:
            if running.returncode is None:
                running.kill()
                await running.wait()


def _last_of(told: IO[bytes]) -> str:
    told.seek(max(0, told.seek(0, os.SEEK_END) - TOLD_BYTES))
    return told.read().decode(errors="replace").strip() or "it said nothing"
