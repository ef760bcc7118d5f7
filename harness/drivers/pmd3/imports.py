"""Importing pymobiledevice3 without what only its command line uses.

Half of the time of a cold import goes into its prompts and its downloads, which a driver never calls.
They are replaced during the one import that asks for them, by modules that import themselves when
first used, so that nothing is missing if somebody does use them.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading
from types import ModuleType

UNUSED_BY_DRIVERS = ("questionary", "requests")
"""What ``pymobiledevice3.utils`` imports for prompts and downloads."""

_once = threading.Lock()


class _Deferred(ModuleType):
    """Stands for a module until an attribute of it is used."""

    lending = True

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.lending:
            return object  # an annotation in a signature, evaluated at import
        return getattr(importlib.import_module(self.__name__), name)


def prepare() -> None:
    """Import the common ground of all services, once; call it before importing any of them.

    Also keeps pymobiledevice3's log records from being printed where no logging is configured: what
    goes wrong reaches the caller as an error.
    """
    with _once:
        if "pymobiledevice3.utils" in sys.modules:
            return
        logging.getLogger("pymobiledevice3").addHandler(logging.NullHandler())
        lent = [_Deferred(name) for name in UNUSED_BY_DRIVERS if name not in sys.modules]
        sys.modules.update({module.__name__: module for module in lent})
        try:
            importlib.import_module("pymobiledevice3.utils")
        finally:
            for module in lent:
                module.lending = False
                del sys.modules[module.__name__]
