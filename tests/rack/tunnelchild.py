"""``python -m tests.rack.tunnelchild``: a process that holds a tunnel and says at the phone whose it is."""

from __future__ import annotations

from harness.drivers.pmd3 import tunnelchild
from harness.drivers.pmd3.imports import prepare

MODULE = __name__ if __name__ != "__main__" else "tests.rack.tunnelchild"
"""How it is started."""


def main() -> None:
    """Be the child; ends the process."""
    prepare()
    from tests.rack.label import say_who

    say_who()
    tunnelchild.main()


if __name__ == "__main__":
    main()
