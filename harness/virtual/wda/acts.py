"""What commands do to apps, as a test runner does it: by testmanagerd, and never as a person would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from harness.model.states import AppState
from harness.virtual.kernel.springboard import LaunchRefused, RefusalKind
from harness.virtual.wda.replies import Refusal, Trouble
from harness.virtual.wda.screen import SPRINGBOARD

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

REQUESTER = "testmanagerd"

NOT_RUNNING, IN_BACKGROUND, IN_FRONT = 1, 3, 4
"""``XCUIApplication.State``. Guessed: an app that is suspended counts as in the background, as people report
(appium-and-wda.md §4), so 2 is never told, and neither is 0, which is "unknown"."""

_IN_FRONT = frozenset({AppState.FOREGROUND_ACTIVE, AppState.FOREGROUND_INACTIVE})


def state_of(phone: VirtualPhone, bundle_id: str) -> int:
    """How far an app is, as a number; SpringBoard is always in front."""
    if bundle_id == SPRINGBOARD:
        return IN_FRONT
    process = phone.processes.of_bundle(bundle_id)
    if process is None:
        return NOT_RUNNING
    return IN_FRONT if process.state in _IN_FRONT else IN_BACKGROUND


def launch(
    phone: VirtualPhone,
    bundle_id: str,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    *,
    anew: bool = False,
) -> None:
    """Launch an app, or bring it to the front.

    Args:
        phone: the phone.
        bundle_id: which.
        arguments: launch arguments.
        environment: launch environment.
        anew: whether to end an instance that runs.

    Raises:
        Refusal: it is not installed, or the phone is locked.
    """
    if bundle_id == SPRINGBOARD:
        go_home(phone)
        return
    try:
        phone.launch(
            bundle_id,
            arguments=arguments,
            environment=environment,
            kill_existing=anew,
            requester=REQUESTER,
        )
    except LaunchRefused as refused:
        missing = refused.kind is RefusalKind.NOT_INSTALLED
        trouble = Trouble.INVALID_ARGUMENT if missing else Trouble.UNKNOWN_ERROR
        raise Refusal(trouble, f"Failed to launch {bundle_id}: {refused.text}") from refused


def terminate(phone: VirtualPhone, bundle_id: str) -> bool:
    """End an app as UI automation does; whether it ran."""
    ran = phone.processes.of_bundle(bundle_id) is not None
    phone.terminate_for_automation(bundle_id)
    return ran


def go_home(phone: VirtualPhone) -> None:
    """Bring SpringBoard to the front, which is no press of a button: twice opens no app switcher."""
    phone.springboard.go_home()
