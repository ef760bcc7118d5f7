"""One task of a default session: a transfer that its own process makes, and that stops with it.

What becomes of it is the table in ``states``; this carries it out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from harness.model.interfaces import Interface
from harness.virtual.kernel.localsession.events import (
    LocalData,
    LocalEnd,
    LocalEvent,
    LocalFile,
    LocalKind,
    LocalSettings,
    WaitsForConnectivity,
)
from harness.virtual.kernel.localsession.host import LocalHost
from harness.virtual.kernel.localsession.rules import (
    START_AFTER_S,
    SUSPENDED_CONNECTION_S,
    Trouble,
    error_of,
)
from harness.virtual.kernel.localsession.states import TRANSITIONS, Act, LocalState, Turn
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest, Outcome, ResponseHead
from harness.virtual.kernel.nsurlsessiond.rules import URLError

if TYPE_CHECKING:
    from harness.virtual.kernel.clock import Timer
    from harness.virtual.kernel.nsurlsessiond.transfer import Fetch


class LocalTask:
    """One task.

    Args:
        identifier: ``taskIdentifier``, from 1 in each session.
        uuid: Foundation's own name for it, as logged.
        kind: what it gives the app.
        request: what it asks for.
        settings: of its session.
        host: the phone.
        place: where the file of a download goes, or that of an upload from data is; gone when it has ended.
        tell: told everything that the delegate is to hear.

    Attributes:
        description: ``taskDescription``.
        state: where it stands.
        status: HTTP status of its response, once it came.
        error: why it failed, once it is done.
        received_bytes: ``countOfBytesReceived``.
        expected_bytes: ``countOfBytesExpectedToReceive``, or ``None`` while unknown.
        sent_bytes: ``countOfBytesSent``.
    """

    def __init__(
        self,
        identifier: int,
        uuid: str,
        kind: LocalKind,
        request: FetchRequest,
        settings: LocalSettings,
        host: LocalHost,
        place: Path,
        tell: Callable[[LocalEvent], None],
    ) -> None:
        self.identifier = identifier
        self.uuid = uuid
        self.kind = kind
        self.description = ""
        self.state = LocalState.CREATED
        self.status: int | None = None
        self.error: URLError | None = None
        self.received_bytes = 0
        self.expected_bytes: int | None = None
        self.sent_bytes = 0
        self._request = request
        self._settings = settings
        self._host = host
        self._place = place
        self._tell = tell
        self._interface: Interface | None = None
        self._fetch: Fetch | None = None
        self._file: BinaryIO | None = None
        self._last_byte_s = 0.0
        self._deadline: Timer | None = None
        # At most one of: the start, the request timeout, the end of a suspended connection.
        self._timer: Timer | None = None

    @property
    def url(self) -> str:
        """``originalRequest.url``."""
        return self._request.url

    @property
    def size_to_send_bytes(self) -> int:
        """``countOfBytesExpectedToSend``."""
        file = self._request.file
        return file.stat().st_size if file is not None and file.exists() else 0

    @property
    def is_finished(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state is LocalState.DONE

    @property
    def log_name(self) -> str:
        """Its name in log lines. Source: log-grammar.md §1.5."""
        return f"Task <{self.uuid}>.<{self.identifier}>"

    # What the app asks for.

    def resume(self) -> None:
        """``resume``: start it; one that was started is left alone."""
        if self.state is not LocalState.CREATED:
            return
        self._deadline = self._host.clock.call_later(
            self._settings.resource_timeout_s, partial(self._fail, Trouble.RESOURCE_TIMEOUT)
        )
        trouble = self._trouble_of_route()
        if trouble is None:
            self._turn(Turn.STARTED)
        elif self._settings.waits_for_connectivity:
            self._turn(Turn.HELD_UP)
        else:
            self._fail(trouble)

    def cancel(self) -> None:
        """``cancel``: end it with -999; one that has ended is left alone."""
        self._fail(Trouble.CANCELLED)

    # What happens to the phone and to the process.

    def network_changed(self) -> None:
        """Look whether there is a route for it, and whether its interface is still there."""
        if self._has_lost_interface:
            self._fail(self._trouble_of_route() or Trouble.INTERFACE_GONE)
        elif self._trouble_of_route() is None:
            self._turn(Turn.ROUTE_CAME)

    def process_suspended(self) -> None:
        """Move no more bytes, for no code runs that would."""
        self._turn(Turn.SUSPENDED)

    def process_runs(self) -> None:
        """Go on, or tell what happened meanwhile."""
        self._turn(Turn.RUNS_AGAIN)
        self.network_changed()

    def abandon(self) -> None:
        """Stop without a word: its process has ended."""
        self.state = LocalState.DONE
        self._stop()
        self._place.unlink(missing_ok=True)

    # What its request comes to.

    def fetch_answered(self, head: ResponseHead) -> None:
        """Take the head of the final response."""
        self._last_byte_s = self._host.clock.now_s
        self.status, self.expected_bytes = head.status, head.total_bytes
        if self.kind is LocalKind.DOWNLOAD:
            self._file = self._place.open("wb")

    def fetch_body(self, data: bytes) -> None:
        """Write a piece of the body down, or hand it to the app."""
        self._last_byte_s = self._host.clock.now_s
        self.received_bytes += len(data)
        if self._file is not None:
            self._file.write(data)
        else:
            self._tell(LocalData(self, data))

    def fetch_sent(self, size_bytes: int) -> None:
        """Count what was sent."""
        self._last_byte_s = self._host.clock.now_s
        self.sent_bytes += size_bytes

    def fetch_ended(self, outcome: Outcome) -> None:
        """Take the end of the request."""
        if outcome.error is None:
            self._turn(Turn.ANSWERED)
        elif self._has_lost_interface:
            # Its connection broke because of that, and may say so sooner than the network does.
            self._fail(self._trouble_of_route() or Trouble.INTERFACE_GONE)
        else:
            self._fail_with(outcome.error)

    # The table, carried out.

    def _turn(self, turn: Turn) -> None:
        self.state, act = TRANSITIONS.get((self.state, turn), (self.state, Act.NOTHING))
        ACTS[act](self)

    def _fail(self, trouble: Trouble) -> None:
        self._fail_with(error_of(trouble))

    def _fail_with(self, error: URLError) -> None:
        # The first error stays: one whose end is not told yet cannot fail another way.
        if (self.state, Turn.FAILED) in TRANSITIONS:
            self.error = error
            self._turn(Turn.FAILED)

    def begin(self) -> None:
        """Choose the interface, and send the request soon."""
        self._interface = self._host.route(allows_cellular=self._settings.allows_cellular)
        self._arm(START_AFTER_S, self._send)

    def tell_waiting(self) -> None:
        """Tell the delegate that it waits for connectivity."""
        self._tell(WaitsForConnectivity(self))

    def tell_end(self) -> None:
        """Stop, and tell the delegate how it ended."""
        self._stop()
        if self.kind is LocalKind.DOWNLOAD and self.error is None:
            self._tell(LocalFile(self, self._place))
        else:
            self._place.unlink(missing_ok=True)
        self._tell(LocalEnd(self))

    def freeze(self) -> None:
        """Move no more bytes; a connection stays good for a while."""
        if self._fetch is not None:
            self._fetch.suspend()
            self._arm(SUSPENDED_CONNECTION_S, partial(self._fail, Trouble.SUSPENDED))
        elif self._timer is not None:
            self._timer.cancel()

    def thaw(self) -> None:
        """Go on moving bytes; the request timeout begins anew."""
        if self._fetch is None:
            self._arm(START_AFTER_S, self._send)
        else:
            self._fetch.go_on()
            self._expect_byte()

    def drop(self) -> None:
        """Drop the connection."""
        self._stop()

    def do_nothing(self) -> None:
        """Stand there, in another state."""

    # Small change.

    def _send(self) -> None:
        allows_cellular = self._settings.allows_cellular
        self._fetch = self._host.fetch(self._request, self, allows_cellular=allows_cellular)
        self._fetch.start()
        self._expect_byte()

    def _expect_byte(self) -> None:
        self._last_byte_s = self._host.clock.now_s
        self._arm(self._settings.request_timeout_s, self._check_silence)

    def _check_silence(self) -> None:
        due_s = self._last_byte_s + self._settings.request_timeout_s
        left_s = due_s - self._host.clock.now_s
        if left_s <= 0:
            self._fail(Trouble.REQUEST_TIMEOUT)
        else:
            self._arm(left_s, self._check_silence)

    def _arm(self, delay_s: float, act: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._host.clock.call_later(delay_s, act)

    def _trouble_of_route(self) -> Trouble | None:
        allows_cellular = self._settings.allows_cellular
        if self._host.route(allows_cellular=allows_cellular) is not None:
            return None
        by_cellular = not allows_cellular and self._host.route(allows_cellular=True) is not None
        return Trouble.CELLULAR_DENIED if by_cellular else Trouble.OFFLINE

    @property
    def _has_lost_interface(self) -> bool:
        return self._interface is not None and not self._host.is_up(self._interface)

    def _stop(self) -> None:
        for timer in (self._timer, self._deadline):
            if timer is not None:
                timer.cancel()
        fetch, self._fetch = self._fetch, None
        if fetch is not None:
            fetch.cancel()
        if self._file is not None:
            self._file.close()
            self._file = None


ACTS: dict[Act, Callable[[LocalTask], None]] = {
    Act.BEGIN: LocalTask.begin,
    Act.TELL_WAITING: LocalTask.tell_waiting,
    Act.TELL_END: LocalTask.tell_end,
    Act.FREEZE: LocalTask.freeze,
    Act.THAW: LocalTask.thaw,
    Act.DROP: LocalTask.drop,
    Act.NOTHING: LocalTask.do_nothing,
}
"""How each act is done; total."""
