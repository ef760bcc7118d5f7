"""What a test asks of its origin before it begins: the words of ``@pytest.mark.origin(...)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.api.words import word
from harness.errors import ConfigError
from harness.origin.trouble import OF_ANSWERS, TroubleKind, trouble_of

WORDS = frozenset({"trouble", "after_bytes", "bytes_per_s"})


@dataclass(frozen=True)
class WantedTrouble:
    """Trouble with the server.

    Attributes:
        kind: which.
        after_bytes: of a body that pass first, where that counts.
        bytes_per_s: the pace, where there is one.
    """

    kind: TroubleKind
    after_bytes: int = 0
    bytes_per_s: float | None = None

    @property
    def is_any(self) -> bool:
        """Whether anything shall be wrong at all."""
        return self.kind is not TroubleKind.NONE


def parse_trouble(positional: Sequence[object], told: Mapping[str, object]) -> WantedTrouble:
    """Read a mark.

    Args:
        positional: what stands in it without a name; nothing may.
        told: what stands in it by name.

    Raises:
        ConfigError: there is no such trouble, or what is said besides makes no sense.
    """
    if positional or "trouble" not in told or not set(told) <= WORDS:
        what = f"origin({', '.join([*map(repr, positional), *told])}) is no mark of an origin"
        raise ConfigError(what, fix="Write origin(trouble=..., after_bytes=..., bytes_per_s=...).")
    kind = word(TroubleKind, str(told["trouble"]), "trouble of an origin")
    after, pace = told.get("after_bytes", 0), told.get("bytes_per_s")
    if not isinstance(after, int) or not isinstance(pace, int | float | None):
        raise ConfigError(f"{kind} with {after!r} and {pace!r}", fix="Both are numbers.")
    wanted = WantedTrouble(kind, after, pace)
    if kind in OF_ANSWERS:
        trouble_of(kind, after_bytes=after, bytes_per_s=pace)
    elif after or pace is not None:
        raise ConfigError(f"{kind} has no bytes to count", fix="Leave after_bytes and bytes_per_s out.")
    return wanted
