"""``python -m harness.virtual serve devices.yaml``."""

from __future__ import annotations

import sys

from harness.virtual.serve import main

sys.exit(main())
