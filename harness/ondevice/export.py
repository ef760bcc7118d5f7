"""Writes out what goes on a real phone: the drop-in Swift file and the sample app.

The Swift is data of this package. It is uncompiled: written without Xcode, not tried on hardware.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from harness.errors import ConfigError

PACKAGE, SOURCE = "harness.ondevice", "swift"
"""The package, and the directory in it that is written out."""


def shipped() -> dict[PurePosixPath, bytes]:
    """Every file that is written out: its path below the target directory -> its bytes."""
    root = files(PACKAGE).joinpath(SOURCE)
    return dict(sorted(_walk(root, PurePosixPath())))


def _walk(directory: Traversable, below: PurePosixPath) -> Iterator[tuple[PurePosixPath, bytes]]:
    for entry in directory.iterdir():
        path = below / entry.name
        if entry.is_dir():
            yield from _walk(entry, path)
        elif not entry.name.startswith("."):
            yield path, entry.read_bytes()


def export(directory: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write the Swift files into a directory, which is made if it is missing.

    All or nothing is decided before the first file is touched. A file that is already there as it would
    be written is left alone; files of other names are none of its business.

    Args:
        directory: where to.
        force: replace files that somebody changed.

    Returns:
        The paths of all files, sorted.

    Raises:
        ConfigError: files there differ from what would be written and ``force`` is false, or the
            directory cannot be written.
    """
    wanted = {directory / path: data for path, data in shipped().items()}
    try:
        differing = [path for path, data in wanted.items() if path.exists() and path.read_bytes() != data]
        if differing and not force:
            raise _refusal(directory, differing)
        for path, data in wanted.items():
            _write(path, data)
    except OSError as error:
        raise ConfigError(
            f"cannot write here: {error.strerror}",
            path=str(error.filename or directory),
            fix="Name a directory that you can write to.",
        ) from error
    return tuple(wanted)


def _write(path: Path, data: bytes) -> None:
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _refusal(directory: Path, differing: list[Path]) -> ConfigError:
    names = ", ".join(str(path.relative_to(directory)) for path in differing)
    return ConfigError(
        f"these files are there already and differ: {names}",
        path=str(directory),
        fix="Export into another directory, or use --force to replace them.",
    )
