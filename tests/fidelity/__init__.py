"""The ledger of what the virtual iPhone rests on, and the recordings behind it."""

from __future__ import annotations

from pathlib import Path

LEDGER_FILE = Path(__file__).parents[2] / "docs" / "FIDELITY.md"
"""Where the ledger stands."""
