"""What a test does to the whole server at a time: it is down, silent, slow, or not the server at all.

Each call holds for every request of this test that begins from then on, until ``listen()``, another call of
its kind or the end of the test; answers under way go on, unless it says otherwise. What each does on the wire
and what an app is told for it: docs/origin.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from harness.api.session import TestSession
from harness.model.facts import Mark, Verb
from harness.origin.run import OriginRun
from harness.origin.trouble import TroubleKind, trouble_of


@dataclass(frozen=True)
class Lasting(Mark):
    """The mark of something that lasts; as a context manager it ends with the block.

    Attributes:
        end: puts back what it did.
    """

    end: Callable[[], Mark] = field(compare=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


class Troubles:
    """What can be wrong with the origin of a test.

    Args:
        session: the test's session.
        run: the test's namespace at the server.
    """

    def __init__(self, session: TestSession, run: OriginRun) -> None:
        self._session = session
        self._run = run

    def refuse(self) -> Lasting:
        """Go down as a server that is not running: connections are cut, new ones refused by a TCP reset."""
        return self._lasting(Verb.ORIGIN_REFUSE, self._run.port.close_port())

    def ignore(self) -> Lasting:
        """Take connections and requests, and send not one byte for them, ever: what is called DROP.

        A request that was ignored stays so after ``listen()``; the phone has to ask anew. Packets of the
        handshake are not dropped, which would take a firewall's rights: an app sees no difference.
        """
        return self._spoil(TroubleKind.IGNORE, Verb.ORIGIN_IGNORE)

    def stall(self, after_bytes: int = 0) -> Lasting:
        """Send the head and so many bytes of the file (or read so many of an upload), then nothing more.

        After ``listen()`` the same answers go on where they stood, over the connections that are still there.

        Raises:
            ConfigError: the number makes no sense.
        """
        return self._spoil(TroubleKind.STALL, after_bytes=after_bytes)

    def slow(self, bytes_per_s: float) -> Lasting:
        """Move bodies at a pace, in wall time; a virtual phone's clock stands while they move.

        Raises:
            ConfigError: the pace makes no sense.
        """
        return self._spoil(TroubleKind.SLOW, bytes_per_s=bytes_per_s)

    def reset(self, after_bytes: int = 0) -> Lasting:
        """End each answer by a TCP reset after so many bytes of its body; after none, before its head.

        Raises:
            ConfigError: the number makes no sense.
        """
        return self._spoil(TroubleKind.RESET, after_bytes=after_bytes)

    def captive_portal(self) -> Lasting:
        """Redirect every request (302) to a page to log in at, which answers 200 with HTML.

        The app is told of a success, and has a page in place of its file.
        """
        return self._spoil(TroubleKind.PORTAL)

    def expire_certificate(self) -> Lasting:
        """Show a certificate that ended a year ago, as a server that was restarted with it.

        Connections are cut, so that none goes on that was opened by the good one.

        Raises:
            CapabilityMissing: the origin speaks no TLS, or shows a certificate of the user's own files.
        """
        return self._lasting(Verb.ORIGIN_ANSWERS, self._run.port.show_expired(True), TroubleKind.EXPIRED)

    def use_name(self) -> None:
        """Have the URLs of what is offered from now on carry a name that ``lose_name()`` can take away.

        Raises:
            CapabilityMissing: nobody here can: the phone asks another DNS server for the origin's name.
            PreconditionError: something was offered already.
        """
        self._session.run(self._run.use_name(), what="giving the origin a name")

    def lose_name(self) -> Lasting:
        """Have the name in the URLs be unknown (NXDOMAIN); connections under way stand.

        Where nothing was offered yet, ``use_name()`` is called first.

        Raises:
            CapabilityMissing, PreconditionError: as ``use_name()``.
        """
        return self._lasting(Verb.ORIGIN_ANSWERS, self._run.lose_name(), TroubleKind.NAME_GONE)

    def trouble(
        self, kind: TroubleKind, *, after_bytes: int = 0, bytes_per_s: float | None = None
    ) -> Lasting:
        """One of the above by its name, as ``@pytest.mark.origin(trouble=...)`` has it.

        Raises:
            ConfigError: a number says nothing of it.
            CapabilityMissing: it cannot be had with this origin.
        """
        if kind in BELOW_HTTP:
            return BELOW_HTTP[kind](self)
        return self._spoil(kind, after_bytes=after_bytes, bytes_per_s=bytes_per_s)

    def listen(self) -> Mark:
        """Be well again after any of them, on the same port."""
        return act_at_origin(self._session, Verb.ORIGIN_LISTEN, self._recover())

    def _spoil(
        self,
        kind: TroubleKind,
        verb: Verb = Verb.ORIGIN_ANSWERS,
        *,
        after_bytes: int = 0,
        bytes_per_s: float | None = None,
    ) -> Lasting:
        trouble = trouble_of(kind, after_bytes=after_bytes, bytes_per_s=bytes_per_s)

        async def spoil() -> None:
            self._run.spoil(trouble)

        return self._lasting(verb, spoil(), "" if verb is Verb.ORIGIN_IGNORE else str(trouble))

    def _lasting(self, verb: Verb, doing: Awaitable[object], detail: str = "") -> Lasting:
        mark = act_at_origin(self._session, verb, doing, detail)
        return Lasting(mark.at, mark.what, self.listen)

    async def _recover(self) -> None:
        await self._run.recover()
        await self._run.port.show_expired(False)
        await self._run.port.lose_name(False)
        await self._run.port.open_port()


BELOW_HTTP: Mapping[TroubleKind, Callable[[Troubles], Lasting]] = {
    TroubleKind.REFUSE: Troubles.refuse,
    TroubleKind.EXPIRED: Troubles.expire_certificate,
    TroubleKind.NAME_GONE: Troubles.lose_name,
}
"""Trouble that changes no answers, and how it is made."""


def act_at_origin(session: TestSession, verb: Verb, doing: Awaitable[object], detail: str = "") -> Mark:
    """Do something at the origin: not to the app, so that expectations go on looking from what was."""
    acting = session.recorder.act(verb, doing, detail=detail)
    return session.run(acting, what=f"{verb} {detail}".strip())[1]
