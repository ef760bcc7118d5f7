"""Why a UI test runner is not there, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from harness.errors import RunnerFailed
from harness.model.identity import PhoneIdentity

ALONE_FROM = 17
"""The first iOS on which a runner works that is just launched. Source: appium-and-wda.md §6."""


class Seen(StrEnum):
    """What a runner was last seen to do while it was waited for."""

    SILENT = "nothing listened at its port"
    CUT = "connections to it were not taken, or ended without an answer"
    MUTE = "its port was open, and nothing answered there"
    BUSY = "it answered that it was not ready"
    STRANGE = "something else than WebDriverAgent answered at its port"
    READY = "it was ready"


_FIXES: Mapping[Seen, str] = {
    Seen.SILENT: (
        "Look at the phone: it may ask for its passcode to enable UI automation, or lack it in "
        "Settings > Developer > Enable UI Automation."
    ),
    Seen.CUT: "Start it again, and see that its port is forwarded.",
    Seen.MUTE: "Restart the phone, and see that no other client works its screen.",
    Seen.BUSY: "Let whoever else works this phone's screen finish first.",
    Seen.STRANGE: "Look at what listens there: the bundle identifier names no WebDriverAgent runner.",
}


_NOT_ALONE = (
    f"Before iOS {ALONE_FROM} a runner has to be started by xcodebuild or by a test manager client such as "
    "`ios runwda`: start it so, forward its port, and name that in devices.yaml: `ui: {wda_url: ...}`."
)
"""What to do on a phone that most likely does not let a runner work that was just launched."""


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


def ended_at_once(phone: str, bundle_id: str, how: str, *, starts_alone: bool = True) -> RunnerFailed:
    """It was started, and its process was gone before it answered.

    Args:
        phone: the phone's name.
        bundle_id: of the runner.
        how: what is known of its end.
        starts_alone: whether the phone is known to let a runner work that was just launched.
    """
    signed = (
        "See that its signature has not expired and that its developer is trusted, in Settings > General "
        "> VPN & Device Management; its newest crash report says more."
    )
    fix = signed if starts_alone else f"{_NOT_ALONE} If it ends then, too: {signed[0].lower()}{signed[1:]}"
    return RunnerFailed(f"{bundle_id} ended at once: {how}", phone=phone, fix=fix)


def never_ready(phone: str, what: str, seen: Seen, port: int, *, starts_alone: bool = True) -> RunnerFailed:
    """It runs, and does not get ready.

    Args:
        phone: the phone's name.
        what: what runs, and how long it was waited for.
        seen: what it was last seen to do.
        port: of the phone, that it was told to serve at.
        starts_alone: whether the phone is known to let a runner work that was just launched.
    """
    fix = _FIXES[seen] if starts_alone or seen is not Seen.SILENT else f"{_NOT_ALONE} {_FIXES[seen]}"
    return RunnerFailed(f"{what} {seen} ({port})", phone=phone, fix=fix)


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


def lost(phone: str, doing: str, attempts: int, why: str) -> RunnerFailed:
    """Runner or session went away each time that something was asked."""
    return RunnerFailed(
        f"{doing} failed {attempts} times: {why}",
        phone=phone,
        fix="Let whoever else works this phone's screen finish first, and restart the phone.",
    )


def in_doubt(phone: str, doing: str) -> RunnerFailed:
    """The connection was cut after a touch was sent; the runner is back by then."""
    return RunnerFailed(
        f"{doing} was cut off, and nobody knows whether the phone has done it",
        phone=phone,
        fix="Look at what the screen shows before it is done again; the runner is back.",
    )


def kept_is_gone(phone: PhoneIdentity, url: str, seen: Seen) -> RunnerFailed:
    """The runner that somebody else keeps does not answer."""
    return RunnerFailed(
        f"the WebDriverAgent at {url} does not answer: {seen}",
        phone=phone.name,
        fix=(
            "Have whoever keeps it start it again and forward its port: `wda_url` in devices.yaml says that "
            "somebody else does, so it is neither started nor ended here."
        ),
    )


def kept_tells_nothing(phone: PhoneIdentity, url: str) -> RunnerFailed:
    """The runner at a URL does not tell which phone it runs on."""
    return RunnerFailed(
        f"the WebDriverAgent at {url} does not tell which phone it works, and so is not used",
        phone=phone.name,
        fix=(
            "Unlock the phone once after its restart, and run a WebDriverAgent that tells a `uuid` at "
            f"{url}/wda/device/info."
        ),
    )


def kept_is_of_another(phone: PhoneIdentity, url: str, told: str) -> RunnerFailed:
    """The runner at a URL is not this phone's."""
    return RunnerFailed(
        f"the WebDriverAgent at {url} is not the one on this phone, which has iOS {phone.ios}: "
        f"it tells of {told}",
        phone=phone.name,
        fix=f"Correct `wda_url` in devices.yaml, or forward that port to {phone.udid}.",
    )


def kept_is_not_proven(phone: PhoneIdentity, url: str, told: str, ports: Sequence[int]) -> RunnerFailed:
    """Nothing tells whether the runner at a URL is this phone's."""
    tried = " or ".join(str(port) for port in ports)
    return RunnerFailed(
        f"nothing proves that the WebDriverAgent at {url}, which tells of {told}, works this phone: "
        f"no WebDriverAgent answers at the phone's own port {tried}",
        phone=phone.name,
        fix="Have it serve at the phone's port 8100, or forward it from a port with the same number.",
    )
