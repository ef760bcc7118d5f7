"""Where an agent keeps what is its own: in the state directory, one set of files for each host.

``agents/NAME.lock`` is locked by whoever serves the host. ``agents/NAME.json`` says where its front door is.
``agents/NAME.epochs`` has the highest epoch of each phone that was ever let through here.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.config.places import make_socket_dir, replace_file, state_dir
from harness.config.privatedir import PrivateDirectory
from harness.errors import ConfigError, HostTaken

_LONGEST_SOCKET = "0123456789abcdef.123456789.sock"
"""As long as the name of a grant's socket gets."""


@dataclass(frozen=True)
class AgentAddress:
    """Where an agent is reached, as it tells in the state directory.

    Attributes:
        host: the host that it serves.
        pid: its process.
        door: path of its front door's socket.
        directory: where its sockets are.
    """

    host: str
    pid: int
    door: str
    directory: str

    def to_json(self) -> str:
        """One line of JSON, without the newline."""
        return json.dumps(asdict(self))


def parse_address(text: str) -> AgentAddress:
    """Read what ``to_json`` wrote.

    Raises:
        ValueError: it is something else.
    """
    try:
        return AgentAddress(**json.loads(text))
    except TypeError as error:
        raise ValueError(f"expected the address of an agent, found {text[:80]!r}") from error


def check_host(host: str) -> str:
    """The name of a host, when files can be named after it, as devices.yaml would have it.

    Raises:
        ConfigError: it is no such word.
    """
    if not host or host.startswith(".") or any(each.isspace() or each in ",/\\:" for each in host):
        what = f"expected a word without spaces, commas, slashes or colons, found {host!r}"
        raise ConfigError(what, fix="Give this machine the name that devices.yaml has under `hosts`")
    return host


def agents_dir() -> Path:
    """The directory of what agents keep; made when it is not there.

    Raises:
        ConfigError: it cannot be created.
    """
    path = state_dir() / "agents"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def epochs_path(host: str) -> Path:
    """Where the agent of a host keeps the highest epochs that it has let through."""
    return agents_dir() / f"{host}.epochs"


@contextmanager
def only_agent(host: str) -> Generator[None]:
    """Be the one agent of a host on this machine, for the length of the block.

    Raises:
        HostTaken: another process is.
        ConfigError: the name is none, or the state directory cannot be used.
    """
    with (agents_dir() / f"{check_host(host)}.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            who = lock.read().strip() or "unknown"
            what = f"another agent serves {host} already: process {who}"
            raise HostTaken(what, fix="End that one first, or give this one another --host") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def sockets_of(host: str) -> Generator[AgentAddress]:
    """A private directory for an agent's sockets, told in the state directory for the length of the block.

    The directory is within the state directory where that has a short enough path: systems empty the
    temporary ones now and then.

    Raises:
        ConfigError: no directory with a short enough path can be written.
    """
    told = agents_dir() / f"{host}.json"
    directory = _socket_dir(agents_dir())
    address = AgentAddress(host, os.getpid(), str(directory.path / "door"), str(directory.path))
    try:
        replace_file(told, address.to_json() + "\n", private=True)
        yield address
    finally:
        told.unlink(missing_ok=True)
        directory.remove()


def _socket_dir(preferred: Path) -> PrivateDirectory:
    try:
        return make_socket_dir(_LONGEST_SOCKET, (str(preferred),))
    except ConfigError:
        return make_socket_dir(_LONGEST_SOCKET)
