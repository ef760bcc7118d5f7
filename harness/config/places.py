"""Where the harness keeps what outlives a process, and where sockets can be."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.config.privatedir import PREFIX, PrivateDirectory
from harness.errors import ConfigError

SOCKET_PATH_LIMIT_BYTES = 100
"""Longest path of a socket that the harness makes; macOS allows 104 bytes with the final zero."""

STATE_DIR_VARIABLE = "HARNESS_STATE_DIR"
"""Environment variable that moves the state directory."""


def state_dir(environment: Mapping[str, str] | None = None) -> Path:
    """The directory of leases and running racks, created when it is not there, readable by its owner only.

    Args:
        environment: instead of ``os.environ``.

    Raises:
        ConfigError: it cannot be created.
    """
    path = _state_path(os.environ if environment is None else environment)
    return _private_dir(path)


def _state_path(environment: Mapping[str, str]) -> Path:
    if named := environment.get(STATE_DIR_VARIABLE):
        return Path(named).expanduser().absolute()
    home = Path(environment.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "harness"
    # The XDG specification has a relative path ignored.
    xdg = environment.get("XDG_STATE_HOME", "")
    return (Path(xdg) if Path(xdg).is_absolute() else home / ".local" / "state") / "harness"


def racks_dir(environment: Mapping[str, str] | None = None) -> Path:
    """The directory with one ``<pid>.json`` per running rack of virtual phones."""
    return _private_dir(state_dir(environment) / "racks")


def leases_path(environment: Mapping[str, str] | None = None) -> Path:
    """The SQLite file that says who holds which phone of this machine."""
    return state_dir(environment) / "leases.sqlite3"


def _private_dir(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot create the directory {path}: {error.strerror}"
        raise ConfigError(what, fix=f"Set {STATE_DIR_VARIABLE} to a directory you can write") from error
    return path


def make_socket_dir(longest_name: str = "usbmux", bases: tuple[str, ...] | None = None) -> PrivateDirectory:
    """Create a private directory (0700) with a path short enough for sockets; the caller removes it.

    If the caller is killed, whoever makes the next one beside it does.

    Args:
        longest_name: the longest file name of a socket that will be in it.
        bases: directories to try, in this order, instead of the temporary ones of the system.

    Raises:
        ConfigError: no directory with a short enough path can be written.
    """
    tried: list[str] = []
    for base in bases or (tempfile.gettempdir(), "/tmp"):
        # mkdtemp adds eight random characters.
        if _socket_path_fault(f"{base}/{PREFIX}12345678/{longest_name}"):
            tried.append(f"{base} (too long, or has a colon)")
            continue
        try:
            return PrivateDirectory.make(base)
        except OSError as error:
            tried.append(f"{base} ({error.strerror})")
    what = f"no directory for sockets: tried {', '.join(tried)}"
    raise ConfigError(what, fix="Set TMPDIR to a directory with a short path")


def check_socket_path(path: Path | str) -> str:
    """The path, when a socket can be made there on every system the harness runs on.

    Raises:
        ConfigError: it is longer than ``SOCKET_PATH_LIMIT_BYTES``, or has a colon in it.
    """
    if fault := _socket_path_fault(str(path)):
        raise ConfigError(
            f"{path} cannot be a socket: {fault}", fix="Set TMPDIR to a directory with a short path"
        )
    return str(path)


def _socket_path_fault(path: str) -> str | None:
    length = len(os.fsencode(path))
    if length > SOCKET_PATH_LIMIT_BYTES:
        return f"its path has {length} bytes, and {SOCKET_PATH_LIMIT_BYTES} is the most"
    # Clients take USBMUXD_SOCKET_ADDRESS with a colon in it for HOST:PORT.
    return "its path has a colon in it" if ":" in path else None


def replace_file(
    path: Path, text: str, *, private: bool = False, check: Callable[[Path], object] | None = None
) -> None:
    """Write a file as a whole: whoever reads it meanwhile finds the old text or the new one, never half.

    Args:
        path: the file, which need not be there; its directory must be.
        text: what is to be in it, as UTF-8.
        private: whether only its owner may read it.
        check: reads the new file where it lies aside; what it raises leaves the old one in place.

    Raises:
        OSError: it cannot be written.
    """
    # The process identifier keeps two writers apart; whoever is last wins.
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _mode_of(path, private))
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        if check is not None:
            check(aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _mode_of(path: Path, private: bool) -> int:
    if private:
        return 0o600
    return path.stat().st_mode & 0o777 if path.exists() else 0o666
