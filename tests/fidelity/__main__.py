"""``python -m tests.fidelity``: write docs/FIDELITY.md anew, and the recording behind it if there is one."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fidelity import LEDGER_FILE
from tests.fidelity.acceptance import ACCEPTED_FILE, accepted, merged
from tests.fidelity.ledger import rendered


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fidelity", description=__doc__)
    parser.add_argument("--record", type=Path, metavar="DIR", help="what the judges have written down")
    chosen = parser.parse_args(arguments)
    if chosen.record is not None:
        ACCEPTED_FILE.write_text(json.dumps(merged(chosen.record), indent=1) + "\n")
        accepted.cache_clear()
    LEDGER_FILE.write_text(rendered())
    print(LEDGER_FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
