"""For runs of pytest that last a second or two, most of which is imports: their memory is not gone through.

A fifth of what such a run costs would be Python's looking for garbage among modules: while they are imported,
and again, several times, when the process ends.
"""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

gc.disable()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """From here on garbage is looked for among what tests make, as in any run."""
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure() -> None:
    """What is left goes with the process."""
    gc.freeze()
