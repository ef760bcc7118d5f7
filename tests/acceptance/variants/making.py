"""Mistakes in how an app makes its transfers, and in what it does meanwhile; one method each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.model.triggers import Transfer
from harness.virtual.apps.commands import Command
from harness.virtual.apps.downloader import Downloader
from harness.virtual.apps.foundation import HTTPURLResponse, URLError, URLSession, URLSessionTask
from harness.virtual.apps.transfer_options import IN_APP
from harness.virtual.apps.transfer_store import TransferModel
from harness.virtual.apps.transferring import Transferring
from harness.virtual.apps.uikit import (
    DispatchQueue,
    ProcessInfo,
    UIApplication,
    UIBackgroundRefreshStatus,
)

IMPATIENT_S = 90.0
"""After how long some of them believe that a transfer has failed."""

SHORT_S = 60.0
"""A resource timeout that is shorter than many a tunnel is long."""

TRY_S = 20.0
"""How long some believe that one try takes."""


class InApp(Transferring):
    """Uses a session that lives in the app for what has to go on without it.

    Source: catalogue.md S13, "naive foreground upload"; S16.
    """

    def new_transfer(self, command: Command) -> TransferModel:
        """One that stops when the app does."""
        transfer = super().new_transfer(command)
        return replace(transfer, how={**transfer.how, Transfer.KIND.value: IN_APP})


class ShortLived(Transferring):
    """Gives iOS a minute for every transfer, where the default is seven days.

    Source: seed B, "timeoutIntervalForResource"; catalogue.md S8, S22.
    """

    def new_transfer(self, command: Command) -> TransferModel:
        """One that ends with -1001 after a minute."""
        transfer = super().new_transfer(command)
        return replace(transfer, how={**transfer.how, Transfer.RESOURCE_TIMEOUT_S.value: f"{SHORT_S:g}"})


class Waiting(Transferring):
    """Lets every session wait for a network, also one that is to say at once that there is none.

    Source: catalogue.md S5, "If it waits: waitsForConnectivity set".
    """

    def make_session(self, identifier: str, how: Mapping[str, str]) -> URLSession:
        """A session that waits."""
        return super().make_session(identifier, {**how, Transfer.WAITS.value: "yes"})


class Roaming(Transferring):
    """Uses cellular, whatever it was told.

    Source: catalogue.md S5, S6, "cellular not allowed".
    """

    def make_session(self, identifier: str, how: Mapping[str, str]) -> URLSession:
        """A session that may use every interface."""
        return super().make_session(identifier, {**how, Transfer.CELLULAR.value: "yes"})


class Unwoken(Transferring):
    """Asks iOS not to be woken when its transfers are done.

    Source: background-execution.md §1.8.1, ``sessionSendsLaunchEvents``.
    """

    def make_session(self, identifier: str, how: Mapping[str, str]) -> URLSession:
        """A session whose events wait until the app is opened."""
        return super().make_session(identifier, {**how, Transfer.LAUNCH_EVENTS.value: "no"})


class Eager(Downloader):
    """Starts what is unfinished again when it is opened, though it is under way.

    Source: catalogue.md S9, "no second transfer on SRV".
    """

    def resume_work(self) -> None:
        """Ask for the same once more."""
        super().resume_work()
        for transfer in self.store.unfinished:
            task = self.open_session(transfer.session, transfer.how).download_task(transfer.url)
            task.task_description = transfer.identifier
            task.resume()


class Impatient(Transferring):
    """Marks a transfer failed when it has taken long, though iOS goes on with it.

    Source: catalogue.md S11, "mark failed after X minutes is wrong".
    """

    def new_transfer(self, command: Command) -> TransferModel:
        """One that is given up soon."""
        transfer = super().new_transfer(command)
        given_up_at_s = ProcessInfo.current().wall_s + IMPATIENT_S
        return replace(transfer, fails_at_s=transfer.fails_at_s or given_up_at_s)


class TimingOut(Transferring):
    """Waits for the request timeout itself, which a background session does not heed, and cancels.

    Source: seed B, "timeoutIntervalForRequest is not designed to be used for background sessions";
    catalogue.md S21.
    """

    def began(self, transfer: TransferModel, task: URLSessionTask) -> None:
        """Start a timer."""
        timeout_s = float(transfer.how.get(Transfer.REQUEST_TIMEOUT_S, TRY_S))
        DispatchQueue.main().async_after(timeout_s, task.cancel)


class ThreeTries(Transferring):
    """Allows for three tries, by the time that it thinks they take, and cancels.

    Source: seed B, "I'd much rather ask OS to retry 3 times"; catalogue.md S23.
    """

    def began(self, transfer: TransferModel, task: URLSessionTask) -> None:
        """Start a timer."""
        DispatchQueue.main().async_after(3 * TRY_S, task.cancel)


class Closures(Downloader):
    """Downloads with a completion closure, in a background session.

    Source: catalogue.md S12, "block-based API not usable in background sessions".
    """

    def start_download(self, command: Command) -> None:
        """Ask with a closure; Foundation raises."""
        transfer = self.new_transfer(command)
        session = self.open_session(transfer.session, transfer.how)
        self.begin(command, transfer, session.download_task(transfer.url, _do_nothing))


class Swallowing(Transferring):
    """Catches what Foundation raises and goes on as if it had asked for something.

    Source: catalogue.md S12, whose crash is the expected end.
    """

    def use_block_api(self, command: Command) -> None:
        """Ask with a closure, and do not hear the answer."""
        try:
            super().use_block_api(command)
        except Exception as error:
            # What a catch-all in Objective-C does, on purpose.
            self.note("exceptionSwallowed", detail={"error": str(error)})


class Refusing(Downloader):
    """Does not work when Background App Refresh is off, though its downloads would.

    Source: catalogue.md S68: the transfer is done at the server all the same.
    """

    def start_download(self, command: Command) -> None:
        """Start it only when the app may be woken for it."""
        if self.application.background_refresh_status is UIBackgroundRefreshStatus.AVAILABLE:
            super().start_download(command)
        else:
            self.acknowledge(command, {"error": "turn Background App Refresh on first"})


class Tidy(Transferring):
    """Cancels what it began before it ends itself.

    Source: catalogue.md S66: the download is to go on after ``exit``.
    """

    def leave(self, command: Command) -> None:
        """Leave nothing behind."""
        for session in self.objects:
            session.invalidate_and_cancel()
        super().leave(command)


class Restless(Transferring):
    """Asks for time whenever it leaves the front, and never gives it back.

    Source: catalogue.md S14, "never end".
    """

    def application_did_enter_background(self, application: UIApplication) -> None:
        """Ask for time."""
        super().application_did_enter_background(application)
        application.begin_background_task("just in case")


def _do_nothing(location: Path | None, response: HTTPURLResponse | None, error: URLError | None) -> None:
    """A closure."""
