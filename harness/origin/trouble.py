"""What can be wrong with a whole server at a time, and what that does to its answers.

A fault of one file is the file's own (``behaviour``). Trouble is the server's: whatever is asked for from its
beginning on meets it, answers under way go on. Three kinds leave HTTP alone and lie below it: the port is
closed, the certificate has expired, the name has gone. The rest change answers, and are carried out here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from harness.errors import ConfigError
from harness.origin.answer import Answer
from harness.origin.behaviour import Behaviour, Fault, FaultKind
from harness.origin.gate import Gate


class TroubleKind(StrEnum):
    """What is wrong with the server, in the words of a test's mark."""

    NONE = "none"
    """Nothing: the server is well."""
    REFUSE = "refuse"
    """Nobody listens: connections under way are cut, new ones are answered by a TCP reset."""
    IGNORE = "drop"
    """Connections and requests are taken, and not a byte comes back, for good."""
    STALL = "stall"
    """The head of the answer comes, and so many bytes; then nothing until the server is well again."""
    SLOW = "slow"
    """Bodies move at a pace."""
    RESET = "reset"
    """A TCP reset after so many bytes of the body; after none, in place of the head."""
    PORTAL = "captive-portal"
    """Every request is redirected to a page where a person is to log in."""
    EXPIRED = "expired-certificate"
    """The certificate that is shown ended long ago."""
    NAME_GONE = "name-gone"
    """The name in the URLs is not known any more."""


OF_ANSWERS = frozenset(
    {TroubleKind.IGNORE, TroubleKind.STALL, TroubleKind.SLOW, TroubleKind.RESET, TroubleKind.PORTAL}
)
"""Kinds that change what is answered, and nothing below it."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the answers of one run; made by ``trouble_of``.

    Attributes:
        kind: what; one of ``OF_ANSWERS``, or NONE.
        fault: what ends each connection, for RESET.
        rate_bytes_per_s: pace of bodies in wall time, for SLOW.
        gate: where bodies stand until the server is well again, for STALL.
    """

    kind: TroubleKind
    fault: Fault | None = None
    rate_bytes_per_s: float | None = None
    gate: Gate | None = None

    def __str__(self) -> str:
        if self.rate_bytes_per_s is not None:
            return f"{self.kind} at {self.rate_bytes_per_s:g} bytes/s"
        after = self.gate.offset if self.gate else self.fault.after_bytes if self.fault else 0
        return f"{self.kind} after {after} bytes" if after else str(self.kind)

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gate as a list of all gates."""
        return (self.gate,) if self.gate is not None else ()

    def spoil(self, answer: Answer) -> Answer:
        """What becomes of an answer; where the file has a fault of its own, the server's counts."""
        return replace(
            answer,
            fault=self.fault or answer.fault,
            rate_bytes_per_s=self.rate_bytes_per_s or answer.rate_bytes_per_s,
            gates=(*answer.gates, *self.gates),
        )

    def spoil_upload(self, how: Behaviour) -> Behaviour:
        """How the body of an upload is taken, as far as no gate is concerned."""
        return replace(
            how,
            fault=self.fault or how.fault,
            rate_bytes_per_s=self.rate_bytes_per_s or how.rate_bytes_per_s,
        )


WELL = Trouble(TroubleKind.NONE)
"""Nothing is wrong."""


def trouble_of(kind: TroubleKind, *, after_bytes: int = 0, bytes_per_s: float | None = None) -> Trouble:
    """Check what a test asks for.

    Args:
        kind: one of ``OF_ANSWERS``.
        after_bytes: of a STALL bytes of the file that may pass, of a RESET bytes of the response.
        bytes_per_s: of SLOW, and of no other; wall time.

    Raises:
        ConfigError: a number makes no sense, or says nothing of this kind of trouble.
    """
    if after_bytes < 0 or (after_bytes and kind not in (TroubleKind.STALL, TroubleKind.RESET)):
        raise ConfigError(f"{kind} after {after_bytes} bytes", fix="Only stall and reset count: 0 or more.")
    if (bytes_per_s is not None) is not (kind is TroubleKind.SLOW):
        raise ConfigError(
            f"{kind} at {bytes_per_s} bytes/s", fix="Slow needs a pace, and nothing else has one."
        )
    if bytes_per_s is not None and bytes_per_s <= 0:
        raise ConfigError(f"a pace of {bytes_per_s} bytes/s", fix="Use a pace above 0.")
    return Trouble(
        kind,
        fault=Fault(FaultKind.RESET, after_bytes) if kind is TroubleKind.RESET else None,
        rate_bytes_per_s=bytes_per_s,
        gate=Gate(after_bytes) if kind is TroubleKind.STALL else None,
    )
