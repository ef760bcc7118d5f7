r"""The parts that many lines share: how an app and a process of it are named (log-grammar.md §1.2).

``application<bid>`` until iOS 16, ``app<bid(PERSONA)>`` and ``app<bid((null))>`` since, ``app<bid>`` in
FrontBoard's short form; a process is ``[identity:pid]``, with -1 for one that could not be started. An
extension is ``xpcservice<name([app<bid>:pid])>…``, which holds the name and the pid of an app that it is not:
so a pattern is anchored where the identity has to stand, and never searches for one.
"""

from __future__ import annotations

import re

BUNDLE = r"(?P<bid>[A-Za-z0-9_.-]+)"
"""A bundle identifier; ``<private>`` is none."""

_PERSONA = r"(?:\((?:[0-9A-Fa-f-]*|\(null\))\))?"

APP = rf"(?:lication)?<{BUNDLE}{_PERSONA}>"
"""The rest of an app's identity after ``app``."""

PROCESS = rf"{APP}:(?P<pid>\d+)\]"
"""The rest of an app's process after ``[app``."""

IDENTITY = re.compile(rf"app{APP}")
INSTANCE = re.compile(rf"\[app{PROCESS}")

_SERVICE = re.compile(r"\[[a-z]+<([A-Za-z0-9_.-]+)")


_CLIENT = re.compile(r"(?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9_-]+")


def client_of(told: str) -> str:
    """The bundle identifier where a line tells its client readably; empty for ``<private>`` and blanks."""
    return told if _CLIENT.fullmatch(told) else ""


def name_of(asker: str) -> str:
    """The name in ``[daemon<com.apple.X>:34]`` or any other form; the text as it stands where none is."""
    found = _SERVICE.match(asker)
    return found[1] if found else asker
