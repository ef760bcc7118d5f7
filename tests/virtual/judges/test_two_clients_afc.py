"""afc: pymobiledevice3 and libimobiledevice do the same in two directories and get the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from pymobiledevice3.exceptions import AfcException
from pymobiledevice3.services.afc import AfcLinkType, AfcService

from harness.virtual.services.support.media import media_directory
from tests.virtual.judges.clib import Files, Refused
from tests.virtual.judges.twins import Twins, effort, twins

pytestmark = pytest.mark.judge("libimobiledevice")

MODES = {"r": 1, "r+": 2, "w": 3, "w+": 4, "a": 5, "a+": 6}
"""How a file is opened, in the words of pymobiledevice3 and the numbers of afc."""

PATHS = st.sampled_from(("a", "b", "d", "d/a", "d/e", "d/e/a", "l"))
DATA = st.binary(min_size=1, max_size=40)
COMPARED = ("st_ifmt", "st_size", "st_nlink", "LinkTarget")

Came = tuple[str, Any]
"""``("did", what it returned)`` or ``("refused", status)``."""


class Machine(RuleBasedStateMachine):
    """Whatever is asked: both get the same answer, and both directories on the phone are alike."""

    handles: Bundle[tuple[int, int]] = Bundle("handles")
    numbers = itertools.count()

    def __init__(self, both: Twins, python: AfcService, c: Files) -> None:
        super().__init__()
        self._both, self._python, self._c = both, python, c
        number = next(self.numbers)
        self._ours, self._theirs = f"/p{number}", f"/c{number}"
        self._open: list[tuple[int, int]] = []
        self.mkdir_of_its_own()

    def mkdir_of_its_own(self) -> None:
        """Make the directory in which all this happens, as empty as before it was there."""

        async def ours() -> None:
            await self._python.makedirs(self._ours)

        assert self._same(ours, lambda: self._c.mkdir(self._theirs)) == ("did", None)

    def _same(self, ours: Callable[[], Coroutine[Any, Any, Any]], theirs: Callable[[], Any]) -> Came:
        """Do something with both; what came of it."""
        one, other = self._asked(ours), _called(theirs)
        assert one == other
        return one

    def _asked(self, ours: Callable[[], Coroutine[Any, Any, Any]]) -> Came:
        try:
            return "did", self._both.wait(ours())
        except AfcException as error:
            return "refused", int(error.status or 0)

    @rule(path=PATHS)
    def mkdir(self, path: str) -> None:
        async def ours() -> None:
            await self._python.makedirs(f"{self._ours}/{path}")

        self._same(ours, lambda: self._c.mkdir(f"{self._theirs}/{path}"))

    @rule(path=PATHS)
    def names(self, path: str) -> None:
        async def ours() -> list[str]:
            return sorted(await self._python.listdir(f"{self._ours}/{path}"))

        self._same(ours, lambda: sorted(self._c.names(f"{self._theirs}/{path}")))

    @rule(path=PATHS)
    def stat(self, path: str) -> None:
        async def ours() -> list[str | None]:
            found = await self._python.stat(f"{self._ours}/{path}")
            return [str(found[key]) if key in found else None for key in COMPARED]

        def theirs() -> list[str | None]:
            found = self._c.info(f"{self._theirs}/{path}")
            return [found.get(key) for key in COMPARED]

        self._same(ours, theirs)

    @rule(path=PATHS)
    def remove(self, path: str) -> None:
        async def ours() -> None:
            await self._python.rm_single(f"{self._ours}/{path}")

        self._same(ours, lambda: self._c.remove(f"{self._theirs}/{path}"))

    @rule(path=PATHS, to=PATHS)
    def rename(self, path: str, to: str) -> None:
        async def ours() -> None:
            await self._python.rename(f"{self._ours}/{path}", f"{self._ours}/{to}")

        self._same(ours, lambda: self._c.rename(f"{self._theirs}/{path}", f"{self._theirs}/{to}"))

    @rule(of=PATHS, path=PATHS)
    def symbolic_link(self, of: str, path: str) -> None:
        async def ours() -> None:
            await self._python.link(of, f"{self._ours}/{path}")

        self._same(ours, lambda: self._c.link(of, f"{self._theirs}/{path}", hard=False))

    @rule(of=PATHS, path=PATHS)
    def hard_link(self, of: str, path: str) -> None:
        async def ours() -> None:
            kind = AfcLinkType.HARDLINK
            await self._python.link(f"{self._ours}/{of}", f"{self._ours}/{path}", kind)

        there = f"{self._theirs}/{of}"
        self._same(ours, lambda: self._c.link(there, f"{self._theirs}/{path}", hard=True))

    @rule(path=PATHS, size_bytes=st.integers(0, 60))
    def truncate(self, path: str, size_bytes: int) -> None:
        # pymobiledevice3 has no call for it, so the other does it to both.
        one = _called(lambda: self._c.truncate(f"{self._ours}/{path}", size_bytes))
        assert one == _called(lambda: self._c.truncate(f"{self._theirs}/{path}", size_bytes))

    @rule(target=handles, path=PATHS, mode=st.sampled_from(tuple(MODES)))
    def open(self, path: str, mode: str) -> Any:
        one = self._asked(lambda: self._python.fopen(f"{self._ours}/{path}", mode))
        other = _called(lambda: self._c.open(f"{self._theirs}/{path}", MODES[mode]))
        # The numbers of handles are the phone's own affair.
        assert one == other or one[0] == other[0] == "did"
        pair = (one[1], other[1]) if one[0] == "did" else (0, 0)
        self._open.append(pair)
        return pair

    @rule(pair=handles, data=DATA)
    def write(self, pair: tuple[int, int], data: bytes) -> None:
        self._same(lambda: self._python.fwrite(pair[0], data), lambda: self._c.write(pair[1], data))

    @rule(pair=handles, size_bytes=st.integers(1, 60))
    def read(self, pair: tuple[int, int], size_bytes: int) -> None:
        self._same(lambda: self._python.fread(pair[0], size_bytes), lambda: self._c.read(pair[1], size_bytes))

    @rule(pair=handles, offset=st.integers(-10, 60), whence=st.integers(0, 2))
    def seek(self, pair: tuple[int, int], offset: int, whence: int) -> None:
        self._same(
            lambda: self._python.fseek(pair[0], offset, whence),
            lambda: self._c.seek(pair[1], offset, whence),
        )

    @rule(pair=consumes(handles))
    def close(self, pair: tuple[int, int]) -> None:
        async def ours() -> None:
            await self._python.fclose(pair[0])

        self._same(ours, lambda: self._c.close(pair[1]))
        self._open.remove(pair)

    @invariant()
    def both_directories_are_alike(self) -> None:
        root = self._both.stand.do(lambda: media_directory(self._both.phone))
        assert _tree(root / self._ours[1:]) == _tree(root / self._theirs[1:])

    def teardown(self) -> None:
        for pair in self._open:
            self._asked(lambda pair=pair: self._python.fclose(pair[0]))
            _called(lambda pair=pair: self._c.close(pair[1]))


def _called(theirs: Callable[[], Any]) -> Came:
    try:
        return "did", theirs()
    except Refused as error:
        return "refused", error.code


def _tree(root: Path) -> dict[str, object]:
    """Relative path -> content, target, or none for a directory."""
    return {str(path.relative_to(root)): _content(path) for path in root.rglob("*")}


def _content(path: Path) -> object:
    if path.is_symlink():
        return path.readlink()
    return path.read_bytes() if path.is_file() else None


@pytest.mark.parametrize("ios", ["16.7", "26.0"])
def test_both_clients_do_the_same_with_files(pytestconfig: pytest.Config, ios: str) -> None:
    with twins(ios) as both, ExitStack() as stack:
        python = AfcService(both.python)
        both.wait(python.__aenter__())
        stack.callback(lambda: both.wait(python.aclose()))
        c = stack.enter_context(both.c.files())

        class Here(Machine):
            def __init__(self) -> None:
                super().__init__(both, python, c)

        run_state_machine_as_test(Here, settings=effort(pytestconfig))
