"""Acts upon the whole phone that end apps: restarting it, and using up its memory."""

from __future__ import annotations

from harness.api.session import COMMAND_S, TestSession
from harness.errors import PreconditionError
from harness.model.facts import Mark, Verb

HOG = "dev.harness.hog"
"""The sample app that allocates memory for as long as it is open."""

REBOOT_S = 900.0
"""Protective deadline of a restart and of mounting the developer image after it, in wall time."""

PRESSED_WITHIN_S = 300.0
"""How long it may take until the app is ended for memory, in phone time; guessed."""

PRESS_S = PRESSED_WITHIN_S + COMMAND_S
"""Protective deadline of that, in wall time: a phone whose time is ours gets to say what happened first."""

LOOK_EVERY_S = 1.0

SIGKILL = 9


def reboot(session: TestSession) -> Mark:
    """Restart the phone; returns once it can be watched again.

    What happens in between is seen by none of the streams; journal, crash reports and the origin's receipts
    tell of it afterwards.

    Raises:
        DeviceLost: it did not come back.
        DeviceLocked: it has a passcode, so that a person has to unlock it once.
    """
    mark = session.act(Verb.REBOOT, session.phone.reboot(), within_s=REBOOT_S)[1]
    session.run(_watch_again(session), what="watching the phone again", within_s=REBOOT_S)
    return mark


async def _watch_again(session: TestSession) -> None:
    await session.phone.mount_image()
    await session.recorder.settle(thorough=True)


def press_memory(session: TestSession) -> Mark:
    """Open an app that uses up the memory; returns once the app under test has no process any more.

    That app is closed by then: one that goes on would soon end again whatever iOS starts for the test.

    Raises:
        AppNotInstalled: the app that uses up the memory is not on the phone.
        PreconditionError: the app under test was still there after a long time.
    """
    session.changes.will_undo(Verb.PRESS_MEMORY, f"no more: {HOG} is closed", lambda: _close_hog(session))
    mark = session.act(Verb.PRESS_MEMORY, session.phone.launch(HOG), detail=f"by opening {HOG}")[1]
    session.run(_pressed(session), what="waiting for the memory to run out", within_s=PRESS_S)
    session.run(_close_hog(session), what=f"closing {HOG}")
    return mark


async def _pressed(session: TestSession) -> None:
    bundle_id, phone = session.profile.bundle_id, session.phone
    now_s = (await session.recorder.now()).at_s
    deadline_s = now_s + PRESSED_WITHIN_S
    while await phone.pid_of(bundle_id) is not None:
        if now_s >= deadline_s:
            raise PreconditionError(
                f"{bundle_id} was not ended for memory within {PRESSED_WITHIN_S:g} s",
                phone=phone.identity.name,
                fix="Close other apps first, or end it with End.SIGKILL, which is what jetsam sends.",
            )
        now_s = (await phone.clock.let_pass(now_s + LOOK_EVERY_S)).at_s
    await session.recorder.look()


async def _close_hog(session: TestSession) -> None:
    pid = await session.phone.pid_of(HOG)
    if pid is not None:
        await session.phone.signal(pid, SIGKILL)
