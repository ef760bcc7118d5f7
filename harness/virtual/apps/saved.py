"""Files that an app replaces whole, so that a process that ends at any moment leaves the old or the new."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def read_json(path: Path) -> Any:
    """What a file holds; ``None`` where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def replace_json(path: Path, value: Any) -> None:
    """Put a value that JSON can hold in the place of what a file held."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(value), encoding="utf-8")
    os.replace(draft, path)
