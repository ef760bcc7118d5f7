"""The desk that the commands of a module are run at, unless the module has one of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.virtual.cli.desk import Desk, running_desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk
