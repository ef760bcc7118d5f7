"""``harness log-archive``: what a phone has kept of its log, as a file."""

from __future__ import annotations

from pathlib import Path

from harness.cli.oneoff import Asked, Opened, one_phone
from harness.cli.out import Out
from harness.errors import ConfigError


def save(asked: Asked, out: Out, file: Path, *, last_s: float) -> None:
    """Save the log archive of a phone, as the tar that the phone makes of it.

    Args:
        asked: which phone.
        out: where to say it.
        file: where to; must not exist.
        last_s: how far back, in seconds of the phone's time.

    Raises:
        ConfigError: the file cannot be written there.
        DeviceLost: the archive was cut off.
        HarnessError: the phone could not be opened.
    """
    if file.exists():
        raise ConfigError("is there already", path=str(file), fix="Name another file, or move that one away.")
    with one_phone(asked) as opened:
        data = opened.runner.run(_read(opened, last_s))
        identity = opened.identity
    try:
        file.write_bytes(data)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", path=str(file)) from error
    fields = {"phone": identity.name, "file": str(file), "size_bytes": len(data)}
    out.data(fields, f"{identity}: {len(data)} bytes in {file}")


async def _read(opened: Opened, last_s: float) -> bytes:
    now = await opened.phone.clock.now()
    return await opened.phone.log_archive(now.earliest_s - last_s)
