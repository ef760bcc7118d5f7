from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.config.privatedir import IN_USE, PREFIX, PrivateDirectory, sweep

MAKE = "print(PrivateDirectory.make(sys.argv[1]).path, flush=True)"
CHILD = "import subprocess; subprocess.Popen(['cat'])"
JOIN = "print(PrivateDirectory.join(Path(sys.argv[1])).path, flush=True)"


@contextmanager
def process(does: str, at: Path) -> Generator[tuple[subprocess.Popen[str], Path]]:
    """A process that uses a directory and knows of no end, with the directory; killed after the block."""
    program = f"import sys; from pathlib import Path; from {PrivateDirectory.__module__} import *"
    command = [sys.executable, "-c", f"{program}; {does}; sys.stdin.read()", str(at)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        try:
            yield one, Path(one.stdout.readline().strip())
        finally:
            one.kill()


def left(base: Path, name: str = f"{PREFIX}12345678", mode: int = 0o700) -> Path:
    """A directory as a process leaves it that is killed."""
    directory = base / name
    (directory / "phones").mkdir(parents=True)
    (directory / IN_USE).touch()
    directory.chmod(mode)
    return directory


def test_a_directory_is_private_and_gone_when_it_is_removed(tmp_path: Path) -> None:
    made = PrivateDirectory.make(tmp_path, f"{PREFIX}run-")
    assert made.path.parent == tmp_path
    assert made.path.name.startswith("ih-run-")
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o700
    (made.path / "a").mkdir()
    made.remove()
    made.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_one_made_and_not_before(tmp_path: Path) -> None:
    with process(MAKE, tmp_path) as (other, path):
        PrivateDirectory.make(tmp_path).remove()
        assert path.is_dir()
        other.kill()
        other.wait()
        assert path.is_dir()
    made = PrivateDirectory.make(tmp_path)
    assert list(tmp_path.iterdir()) == [made.path]
    made.remove()


def test_a_directory_stays_for_as_long_as_one_of_those_lives_who_use_it(tmp_path: Path) -> None:
    with process(MAKE, tmp_path) as (maker, path), process(JOIN, path) as (user, _):
        maker.kill()
        maker.wait()
        sweep(tmp_path)
        assert path.is_dir()
        user.kill()
        user.wait()
        sweep(tmp_path)
        assert not path.exists()


def test_who_joins_what_has_gone_finds_it_gone(tmp_path: Path) -> None:
    joined = PrivateDirectory.join(tmp_path / "ih-run-gone0000")
    assert not joined.path.exists()
    joined.remove()


def test_an_abandoned_directory_is_swept_with_all_that_is_in_it(tmp_path: Path) -> None:
    left(tmp_path)
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _being_made(base: Path) -> Path:
    directory = left(base)
    (directory / IN_USE).rename(directory / f".{IN_USE}")
    return directory


def _linked(base: Path) -> Path:
    elsewhere = left(base / "elsewhere")
    (base / f"{PREFIX}linked00").symlink_to(elsewhere)
    return elsewhere


def _with_a_link(base: Path) -> Path:
    directory = left(base)
    (directory / IN_USE).rename(base / "lock")
    (directory / IN_USE).symlink_to(base / "lock")
    return directory


KEPT: dict[str, Callable[[Path], Path]] = {
    "being made": _being_made,
    "not private": lambda base: left(base, mode=0o755),
    "another name": lambda base: left(base, "other"),
    "reached by a link": _linked,
    "with a link for its file": _with_a_link,
}


@pytest.mark.parametrize("why", KEPT)
def test_anything_else_is_left_alone(tmp_path: Path, why: str) -> None:
    directory = KEPT[why](tmp_path)
    sweep(tmp_path)
    assert directory.is_dir()


def test_a_directory_that_cannot_be_locked_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(lock: int, how: int) -> None:
        raise OSError("no locks here")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(OSError, match="no locks here"):
        PrivateDirectory.make(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_outlives_its_parent_does_not_keep_what_that_used(tmp_path: Path) -> None:
    with process(f"{CHILD}; {MAKE}", tmp_path) as (parent, path):
        parent.kill()
        parent.wait()
        sweep(tmp_path)
        assert not path.exists()
