"""Why a UI test runner is not there, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from harness.errors import RunnerFailed


class Seen(StrEnum):
    """What a runner was last seen to do while it was waited for."""

    SILENT = "nothing listened at its port"
    MUTE = "its port was open, and nothing answered there"
    BUSY = "it answered that it was not ready"
    STRANGE = "something else than WebDriverAgent answered at its port"
    READY = "it was ready"


_FIXES: Mapping[Seen, str] = {
    Seen.SILENT: (
        "Look at the phone: it may ask for its passcode to enable UI automation, or lack it in "
        "Settings > Developer > Enable UI Automation."
    ),
    Seen.MUTE: "Restart the phone, and see that no other client works its screen.",
    Seen.BUSY: "Let whoever else works this phone's screen finish first.",
    Seen.STRANGE: "Look at what listens there: the bundle identifier names no WebDriverAgent runner.",
}


def not_installed(phone: str, bundle_id: str) -> RunnerFailed:
    """There is no such runner on the phone."""
    return RunnerFailed(
        f"{bundle_id} is not installed, and nothing else works the screen",
        phone=phone,
        fix=(
            "Install WebDriverAgentRunner, signed with a development profile that has this phone in it, from "
            "iOS 17 on without its Frameworks/XC* files; and write its bundle identifier into devices.yaml: "
            "`ui: {wda_bundle_id: ...}`."
        ),
    )


def locked(phone: str, bundle_id: str) -> RunnerFailed:
    """A locked phone starts no runner."""
    return RunnerFailed(
        f"the phone is locked, and does not start {bundle_id}",
        phone=phone,
        fix="Unlock it, and set Settings > Display & Brightness > Auto-Lock to Never.",
    )


def ended_at_once(phone: str, bundle_id: str, how: str) -> RunnerFailed:
    """It was started, and its process was gone before it answered."""
    return RunnerFailed(
        f"{bundle_id} ended at once: {how}",
        phone=phone,
        fix=(
            "See that its signature has not expired and that its developer is trusted, in Settings > General "
            "> VPN & Device Management; its newest crash report says more."
        ),
    )


def never_ready(phone: str, what: str, seen: Seen, port: int) -> RunnerFailed:
    """It runs, and does not get ready.

    Args:
        phone: the phone's name.
        what: what runs, and how long it was waited for.
        seen: what it was last seen to do.
        port: of the phone, that it was told to serve at.
    """
    return RunnerFailed(f"{what} {seen} ({port})", phone=phone, fix=_FIXES[seen])


def restarted_too_often(phone: str, bundle_id: str, often: str, why: str) -> RunnerFailed:
    """It goes away again and again."""
    return RunnerFailed(
        f"{bundle_id} was started again {often}, and went away once more: {why}",
        phone=phone,
        fix="Read its crash reports, and restart the phone.",
    )


def no_port(phone: str, bundle_id: str, ports: range) -> RunnerFailed:
    """Every port that it could serve at is taken."""
    return RunnerFailed(
        f"none of its ports {ports.start} to {ports.stop - 1} is free for {bundle_id}",
        phone=phone,
        fix="Restart the phone, which ends the runners that are left over.",
    )
