"""The sockets of a grant on another machine, carried here by ssh.

usbmuxd over TCP asks nobody who they are, so nothing of the rack listens on a network: sockets are Unix ones
of their owner, and between machines ``ssh`` carries them, with the keys and rules that the rack has already.
A lost machine is noticed by ssh itself, after three unanswered questions, five seconds apart; it then ends,
and whoever is connected here sees the connection end.

ssh runs beneath a shell that holds the reading end of a pipe from this process. When this process ends, in
whatever way, the pipe ends, and the shell ends ssh: a carrier that outlived a killed test run would hold
the far machine's socket, and with it the phone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import uuid
from asyncio.subprocess import Process
from collections.abc import Sequence
from pathlib import Path

from harness.config.places import check_socket_path
from harness.errors import HostLost
from harness.farm.gate.clockgate import MUX_SUFFIX, clock_beside
from harness.farm.gate.muxend import MuxEnd
from harness.farm.gate.upstream import UpstreamLost, answer_of, ask, dial, request

CARRIED_WITHIN_S = 20.0
"""Wall seconds that ssh has to log in and carry the first answer."""

ENDED_WITHIN_S = 5.0
"""Wall seconds that ssh has to end when it is told to."""

LOOK_EVERY_S = 0.02
"""Wall seconds between two looks whether ssh listens yet, which it does not say."""

SSH = ("ssh",)

OPTIONS = (
    *("-N", "-T"),
    *("-o", "BatchMode=yes"),
    *("-o", "ExitOnForwardFailure=yes"),
    *("-o", "ServerAliveInterval=5"),
    *("-o", "ServerAliveCountMax=3"),
    *("-o", "ConnectTimeout=10"),
    # A user's shared connection would take the forward over, and keep it when this ssh has ended.
    *("-o", "ControlMaster=no", "-o", "ControlPath=none"),
    *("-o", "StreamLocalBindMask=0177", "-o", "StreamLocalBindUnlink=yes"),
)
"""How ssh is run: it never asks a person, fails loudly, notices a lost machine, and serves its owner only."""

# $0 is the shell's name, the rest ssh's command line. What runs in the background of a shell has no standard
# input but what is put in by hand.
_BENEATH_A_PIPE = """\
exec 3<&0
"$@" </dev/null 3<&- & carrier=$!
{ cat <&3 >/dev/null; kill "$carrier"; } 2>/dev/null & watcher=$!
wait "$carrier"; status=$?
kill "$watcher" 2>/dev/null
exit "$status"
"""


class Carried:
    """The sockets of a grant that stand here, from ``carry`` to ``close``.

    Attributes:
        path: where its usbmuxd stands; ``clock_beside`` it, the clock of a virtual phone.
    """

    def __init__(self, host: str, paths: Sequence[str], process: Process, talk: int) -> None:
        self.path = paths[0]
        self._paths = paths
        self._host = host
        self._process = process
        self._talk: int | None = talk

    @property
    def is_lost(self) -> bool:
        """Whether ssh has ended."""
        return self._process.returncode is not None

    async def lost(self) -> HostLost:
        """Wait until ssh ends; what it said of why, as an error that is not raised here."""
        await self._process.wait()
        return self.why(f"the connection to {self._host} ended")

    async def check(self) -> None:
        """Ask the far end for a sign of life, which takes no phone.

        Raises:
            HostLost: nobody answers there any more, also where ssh has not noticed yet.
        """
        try:
            await ask(self.path, "ReadBUID")
        except UpstreamLost as error:
            raise self.why(f"the connection to {self._host} ended") from error

    def why(self, what: str) -> HostLost:
        """An error with what ssh has said so far."""
        said = _read(self._talk) if self._talk is not None else ""
        return HostLost(f"{what}: {said}" if said else what, fix=f"Try `ssh {self._host} true` by hand.")

    @property
    def stands(self) -> bool:
        """Whether ssh has made its sockets."""
        return all(os.path.lexists(path) for path in self._paths)

    async def close(self) -> None:
        """End ssh and leave no socket; closing twice is no error."""
        if self._process.stdin is not None:
            # The end of the pipe ends the shell, and ssh with it.
            self._process.stdin.close()
        try:
            async with asyncio.timeout(ENDED_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            # The shell and ssh alike: they are the session that was begun for them.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        for path in self._paths:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        talk, self._talk = self._talk, None
        if talk is not None:
            os.close(talk)


async def carry(
    ssh: str,
    remote_path: str,
    local_dir: Path,
    *,
    clock: bool = False,
    command: Sequence[str] = SSH,
    within_s: float = CARRIED_WITHIN_S,
) -> Carried:
    """Have the sockets of a grant on another machine here; returns when its usbmuxd answers.

    Args:
        ssh: the machine, as ``ssh`` takes it: ``user@host``, or a name of the user's configuration.
        remote_path: the grant's usbmuxd there.
        local_dir: a private directory with a short path, in which they are to stand.
        clock: whether the clock of a virtual phone is beside it, and carried along by the same ssh.
        command: how ssh is called.
        within_s: protective deadline in wall seconds.

    Raises:
        HostLost: ssh could not be started or log in, or there is no such socket; with what ssh said.
        ConfigError: the directory's path is too long.
    """
    path = check_socket_path(local_dir / f"{uuid.uuid4().hex[:16]}{MUX_SUFFIX}")
    far_ends = {path: remote_path}
    if clock:
        far_ends[clock_beside(path)] = clock_beside(remote_path)
    forwards = [word for here, there in far_ends.items() for word in ("-L", f"{here}:{there}")]
    process, talk = await _started(ssh, (*command, *OPTIONS, *forwards, "--", ssh))
    carried = Carried(ssh, tuple(far_ends), process, talk)
    try:
        await _ready(carried, ssh, remote_path, within_s)
    except BaseException:
        await carried.close()
        raise
    return carried


async def _started(ssh: str, words: Sequence[str]) -> tuple[Process, int]:
    """Start what carries, beneath a pipe; with the descriptor of a file without a name for what it says."""
    with contextlib.ExitStack() as unless_started:
        try:
            talk, talk_path = tempfile.mkstemp(prefix="ih-talk-")
            unless_started.callback(os.close, talk)
            os.unlink(talk_path)
            # A session of its own: Ctrl-C must not cut the way to the phone while a test still cleans up.
            process = await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", _BENEATH_A_PIPE, "carrier", *words),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=talk,
                start_new_session=True,
            )
        except OSError as error:
            what = f"ssh to {ssh} cannot be started here: {error.strerror or error}"
            fix = "See how many processes run here, and how many files they have open."
            raise HostLost(what, fix=fix) from error
        unless_started.pop_all()
    return process, talk


async def _ready(carried: Carried, ssh: str, remote_path: str, within_s: float) -> None:
    try:
        async with asyncio.timeout(within_s):
            end = await _listened_to(carried, ssh)
            try:
                await answer_of(end, request("ReadBUID"))
            finally:
                end.abort()
    except UpstreamLost as error:
        raise carried.why(f"nobody answers at {remote_path} on {ssh}") from error
    except TimeoutError as error:
        raise carried.why(f"{ssh} did not answer in {within_s:g} s") from error


async def _listened_to(carried: Carried, ssh: str) -> MuxEnd:
    """Connect as soon as ssh listens; its sockets are to be seen a moment before that.

    Raises:
        HostLost: it has ended.
    """
    while not carried.is_lost:
        if carried.stands:
            with contextlib.suppress(UpstreamLost):
                return await dial(carried.path)
        await asyncio.sleep(LOOK_EVERY_S)
    raise carried.why(f"{ssh} is out of reach")


def _read(talk: int) -> str:
    # ssh writes through an offset that it shares with this one; seeking would move it.
    said = os.pread(talk, os.fstat(talk).st_size, 0)
    return " ".join(said.decode(errors="replace").split())
