from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from tests.virtual.judges.tables import go_ios, libimobiledevice
from tests.virtual.judges.tables.command import NEW, OLD
from tests.wire.coverage_table import TEST_MODULES
from tests.wire.oracles import JUDGES, ORACLES, OWN, Oracle, Reader, main

LINES = {row.line: row.ios for row in (*go_ios.TABLE, *libimobiledevice.TABLE) if not row.alone}
EACH = [pytest.param(one, id=f"{codec} {one.reader}") for codec, row in ORACLES.items() for one in row]


def module_of(oracle: Oracle) -> ModuleType:
    return importlib.import_module(f"tests.{oracle.test.partition(':')[0]}")


def judges_of(oracle: Oracle) -> Iterator[str]:
    """The judges that a test, or all of its module, needs."""
    module: Any = module_of(oracle)
    function: Any = getattr(module, oracle.test.partition(":")[2])
    of_module: Any = getattr(module, "pytestmark", [])
    marks = [*getattr(function, "pytestmark", []), *([of_module] if of_module else [])]
    yield from (str(mark.args[0]) for mark in marks if mark.name == "judge")


def imported_by(module: ModuleType) -> set[str]:
    """The packages that a module imports, itself or by a module beside it that it imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            name = node.module or ""
            found.add(name.partition(".")[0])
            found |= imported_by(importlib.import_module(name)) if name.startswith("tests.wire.") else set()
    return found


def test_every_codec_has_two_readers_or_a_reason_why_not() -> None:
    assert set(ORACLES) | set(OWN) == set(TEST_MODULES)
    assert set(ORACLES).isdisjoint(OWN)
    assert [codec for codec, row in ORACLES.items() if len({one.reader for one in row}) < 2] == []


def test_readers_that_share_a_decoder_count_once() -> None:
    same = {Reader.H2: Reader.HYPERFRAME}
    for codec in ("http2", "http2_peer"):
        assert len({same.get(one.reader, one.reader) for one in ORACLES[codec]}) >= 2
    for codec in ("bplist", "nskeyed", "nskeyed_reader", "nskeyed_writer"):
        assert Reader.PYMOBILEDEVICE3 not in {one.reader for one in ORACLES[codec]}


@pytest.mark.parametrize("oracle", EACH)
def test_an_oracle_is_a_test_that_is_there(oracle: Oracle) -> None:
    function = getattr(module_of(oracle), oracle.test.partition(":")[2], None)
    assert inspect.isfunction(function)
    assert function.__name__.startswith("test_")


@pytest.mark.parametrize("oracle", EACH)
def test_an_oracle_runs_the_reader_that_it_names(oracle: Oracle) -> None:
    if oracle.reader in JUDGES:
        assert list(judges_of(oracle)) == [oracle.reader]
    elif oracle.reader is Reader.PHONE:
        assert "Source: go-ios ios/" in inspect.getsource(module_of(oracle))
    else:
        assert oracle.reader in imported_by(module_of(oracle))


@pytest.mark.parametrize("oracle", [one for row in ORACLES.values() for one in row if one.line], ids=str)
def test_a_row_is_run_by_the_test_that_is_named(oracle: Oracle) -> None:
    through_tunnel = oracle.test.endswith("through_the_tunnel")
    assert set(LINES[oracle.line]) & set(NEW if through_tunnel else OLD)


def test_the_table_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    told = capsys.readouterr().out
    assert "| lockdown | libimobiledevice |" in told
    assert all(f"| {codec} |" in told for codec in TEST_MODULES)
