"""Importing pymobiledevice3 without what only its command line uses.

More than half of the time of a cold import goes into its prompts, its shell, its progress bars and its
downloads, which a driver never calls. They are replaced while the common ground of its services is imported,
by modules that import themselves when first used, so that nothing is missing if somebody does use them.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading
from types import ModuleType

COMMON_GROUND = (
    "pymobiledevice3.utils",
    "pymobiledevice3.lockdown",
    "pymobiledevice3.services.afc",
    "pymobiledevice3.services.crash_reports",
    "pymobiledevice3.services.installation_proxy",
)
"""What asks for modules that a driver has no use for, and that nearly every driver imports."""

UNUSED_BY_DRIVERS = (
    "ifaddr",
    "prompt_toolkit",
    "prompt_toolkit.auto_suggest",
    "prompt_toolkit.completion",
    "prompt_toolkit.document",
    "prompt_toolkit.formatted_text",
    "prompt_toolkit.history",
    "psutil",
    "pycrashreport.crash_report",
    "pygnuutils.cli.ls",
    "pymobiledevice3.progress",
    "questionary",
    "requests",
)
"""What it asks for: this host's network interfaces and processes, what ``afc shell`` takes, crash reports as
a terminal shows them, progress bars, prompts and downloads."""

_once = threading.Lock()


class _Name:
    """What was imported from a deferred module: whatever is done with it is done with what it names."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _named(self) -> object:
        return getattr(importlib.import_module(self._module), self._name)

    def __call__(self, *args: object, **kwargs: object) -> object:
        named = self._named()
        assert callable(named)
        return named(*args, **kwargs)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._named(), name)

    def __eq__(self, other: object) -> bool:
        # Annotations are compared with types, while what they name cannot be imported; constants with texts.
        return self is other or (isinstance(other, str) and self._named() == other)

    def __hash__(self) -> int:
        return hash((self._module, self._name))

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return ()  # of those that are asked for as bases, none has anything to inherit


class _Deferred(ModuleType):
    """Stands for a module until an attribute of it is used."""

    lending = True

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.lending:
            return _Name(self.__name__, name)  # imported by name, or an annotation in a signature
        return getattr(importlib.import_module(self.__name__), name)


def prepare() -> None:
    """Import the common ground of all services, once; call it before importing any of them.

    Also keeps pymobiledevice3's log records from being printed where no logging is configured: what
    goes wrong reaches the caller as an error.
    """
    with _once:
        if all(name in sys.modules for name in COMMON_GROUND):
            return
        logging.getLogger("pymobiledevice3").addHandler(logging.NullHandler())
        lent = [_Deferred(name) for name in UNUSED_BY_DRIVERS if name not in sys.modules]
        sys.modules.update({module.__name__: module for module in lent})
        try:
            for name in COMMON_GROUND:
                importlib.import_module(name)
        finally:
            for module in lent:
                module.lending = False
                del sys.modules[module.__name__]
