from __future__ import annotations

import asyncio

import pytest
from pymobiledevice3 import exceptions
from pymobiledevice3.dtx.exceptions import DTXNsError
from pymobiledevice3.dtx.ns_types import NSError

from harness.drivers.pmd3.errors import TABLE, Guard, translate
from harness.errors import (
    AppNotInstalled,
    AppNotRunning,
    CommandRefused,
    CommandTimeout,
    DeviceLocked,
    DeviceLost,
    EvidenceError,
    HarnessError,
    PairingRequired,
)


def _classes() -> set[str]:
    return {
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type)
        and issubclass(value, BaseException)
        and value.__module__ == exceptions.__name__
    }


def _ns_error(text: str, beneath: NSError | None = None) -> DTXNsError:
    info: dict[str, object] = {"NSLocalizedDescription": text}
    return DTXNsError(NSError(2, "com.apple.dt", info | ({"NSUnderlyingError": beneath} if beneath else {})))


def test_every_exception_class_of_the_installed_version_has_a_row_of_its_own() -> None:
    assert _classes() - set(TABLE) == set()


def test_no_row_is_left_of_a_class_that_no_longer_exists() -> None:
    beyond = {"QueueShutDown", "DTXProtocolError", "DTXNSCodingError", "DTXNsError", "BinaryDataError"}
    assert set(TABLE) - _classes() == beyond


def test_every_row_says_what_to_do_in_a_full_sentence() -> None:
    assert [
        name for name, rule in TABLE.items() if not rule.fix.endswith(".") or not rule.fix[0].isupper()
    ] == []


def test_the_message_names_the_phone_what_was_done_what_was_said_and_what_to_do() -> None:
    error = translate(exceptions.NotPairedError(), "desk-15", "opening the phone")
    assert isinstance(error, PairingRequired)
    assert str(error) == (
        "desk-15: opening the phone failed: Device is not paired. "
        "Unlock the phone, connect it by cable and tap Trust."
    )


def test_a_class_not_in_the_table_takes_the_row_of_its_base() -> None:
    class Newer(exceptions.ConnectionTerminatedError):
        pass

    assert isinstance(translate(Newer(), "desk-15", "it"), DeviceLost)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionResetError("reset"), DeviceLost),
        (asyncio.IncompleteReadError(b"", 4), DeviceLost),
        (FileNotFoundError(2, "no socket"), DeviceLost),
        (TimeoutError(), CommandTimeout),
        (exceptions.NotificationTimeoutError(), CommandTimeout),
        (exceptions.AfcException("refused", None), CommandRefused),
    ],
)
def test_sockets_and_timeouts_are_told_apart(error: Exception, kind: type[HarnessError]) -> None:
    assert type(translate(error, "desk-15", "it")) is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Device is currently locked. Please unlock the device and try again.", DeviceLocked),
        ("The application dev.app is unknown to FrontBoard.", AppNotInstalled),
        ("No such process", AppNotRunning),
        ("this app cannot run in the background", CommandRefused),
    ],
)
def test_what_a_phone_says_decides_where_the_class_only_says_no(text: str, kind: type[HarnessError]) -> None:
    assert type(translate(_ns_error(text), "desk-15", "launching dev.app")) is kind


def test_an_error_beneath_the_error_is_read_too() -> None:
    inner = NSError(7, "FBSOpenApplicationErrorDomain", {"NSLocalizedFailureReason": "Device is locked."})
    error = translate(_ns_error("Launch failed.", inner), "desk-15", "launching dev.app")
    assert isinstance(error, DeviceLocked)
    assert error.what == "launching dev.app failed: Launch failed: Device is locked"


def test_what_nobody_knows_goes_through_unchanged() -> None:
    async def scenario() -> None:
        async with Guard("desk-15", "it", 5):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(scenario())


def test_an_error_of_our_own_goes_through_unchanged() -> None:
    async def scenario() -> None:
        async with Guard("desk-15", "it", 5):
            raise EvidenceError("no log")

    with pytest.raises(EvidenceError, match=r"^no log$"):
        asyncio.run(scenario())


def test_no_answer_is_a_timeout_that_names_the_command() -> None:
    async def scenario() -> None:
        async with Guard("desk-15", "listing the apps", 0.01):
            await asyncio.Event().wait()

    with pytest.raises(CommandTimeout, match=r"desk-15: listing the apps had no answer within 0\.01 s"):
        asyncio.run(scenario())


def test_an_error_that_comes_of_the_cancelling_is_still_a_timeout() -> None:
    async def scenario() -> None:
        async with Guard("desk-15", "listing the apps", 0.01):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise exceptions.ConnectionTerminatedError from None

    with pytest.raises(CommandTimeout):
        asyncio.run(scenario())


def test_a_cancelled_caller_stays_cancelled() -> None:
    async def scenario() -> None:
        async def work() -> None:
            async with Guard("desk-15", "it", 5):
                await asyncio.Event().wait()

        task = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(scenario())


def test_a_task_of_the_library_that_was_cancelled_is_a_lost_connection_and_no_cancellation() -> None:
    async def ask() -> None:
        theirs = asyncio.create_task(asyncio.sleep(60))
        asyncio.get_running_loop().call_soon(theirs.cancel)
        async with Guard("desk", "asking", 60):
            await theirs

    with pytest.raises(DeviceLost, match="asking failed"):
        asyncio.run(ask())


def test_a_command_that_is_cancelled_ends_as_cancelled() -> None:
    async def ask() -> None:
        async with Guard("desk", "asking", 60):
            await asyncio.sleep(60)

    async def cancel() -> None:
        asking = asyncio.create_task(ask())
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(cancel())
