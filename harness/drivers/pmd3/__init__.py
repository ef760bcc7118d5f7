"""One phone through pymobiledevice3, the only room that imports it.

Nothing of pymobiledevice3 is imported until a connection is opened, and then only the services that
are used: a one-off command pays for what it needs.
"""

from __future__ import annotations

from harness.drivers.pmd3.phone import Pmd3Phone, open_phone

__all__ = ["Pmd3Phone", "open_phone"]
