"""The origin of a test: the files it offers, and the gates they wait at."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Self, Unpack

from harness.api.app import App
from harness.api.session import COMMAND_S, TestSession
from harness.api.troubles import Troubles, act_at_origin
from harness.errors import AppCannotBeTold, CapabilityMissing
from harness.farm.health import probe
from harness.model.facts import OUT_OF_REACH, Mark, Verb
from harness.model.rungs import Rung
from harness.model.triggers import Trigger
from harness.origin.behaviour import SignedRedirect, Wishes
from harness.origin.files import OriginFile, OriginUpload, ReceivedBody
from harness.origin.receipts import Receipt
from harness.origin.run import OriginRun
from harness.origin.server import OriginServer

OUT_OF_REACH_S = 15.0
"""How long a request that is not to come may take to come, in phone time; guessed."""


class Episode:
    """A file at the origin.

    Args:
        session: the test's session.
        file: the file as the server offers it.
    """

    def __init__(self, session: TestSession, file: OriginFile) -> None:
        self._session = session
        self._file = file

    @property
    def name(self) -> str:
        """Its name at the origin."""
        return self._file.name

    @property
    def url(self) -> str:
        """What the app is told; carries the run nonce."""
        return self._file.url

    @property
    def size_bytes(self) -> int:
        """Its size."""
        return self._file.size_bytes

    @property
    def sha256(self) -> str:
        """Hex digest of its bytes."""
        return self._file.sha256

    def release(self) -> Mark:
        """Open the gate it is held at; returns the mark to look on from."""
        return act_at_origin(self._session, Verb.RELEASE, self._file.release(), self.name)


class Inbox:
    """A place at the origin that the app uploads to.

    Args:
        session: the test's session.
        upload: the place as the server offers it.
    """

    def __init__(self, session: TestSession, upload: OriginUpload) -> None:
        self._session = session
        self._upload = upload

    @property
    def name(self) -> str:
        """Its name at the origin."""
        return self._upload.name

    @property
    def url(self) -> str:
        """What the app is told; carries the run nonce."""
        return self._upload.url

    @property
    def bodies(self) -> tuple[ReceivedBody, ...]:
        """What was uploaded so far, in the order in which it ended; broken uploads too."""
        return self._upload.bodies

    def release(self) -> Mark:
        """Open the gate it is held at; returns the mark to look on from."""
        return act_at_origin(self._session, Verb.RELEASE, self._upload.release(), self.name)


class Origin(Troubles):
    """The HTTP server that the app downloads from, as far as this test goes.

    Args:
        session: the test's session.
        run: the test's namespace at the server.
    """

    @classmethod
    @contextmanager
    def of_run(cls, session: TestSession, server: OriginServer) -> Generator[Self]:
        """The namespace of a session's nonce, for a block; its receipts go to the timeline."""
        run = server.begin_run(session.nonce)
        session.recorder.receipts.follow(run)
        try:
            yield cls(session, run)
        finally:
            session.run(_end(server, run), what="ending the origin's run")

    def file(
        self,
        name: str,
        *,
        size_bytes: int,
        hold_after_bytes: int | None = None,
        signed_for_s: float | None = None,
        **wishes: Unpack[Wishes],
    ) -> Episode:
        """Offer a file.

        Args:
            name: within the test.
            size_bytes: of pseudo-random bytes, the same for the same name.
            hold_after_bytes: no byte from this offset on leaves before ``release()``.
            signed_for_s: redirect each request to a signed URL that is good for so many seconds of
                phone time; ``None`` for no redirect.
            wishes: status, faults and rate, as in ``harness.origin``.
        """
        redirect = None if signed_for_s is None else SignedRedirect(signed_for_s, self._phone_s)
        file = self._run.file(
            name, size_bytes=size_bytes, hold_after_bytes=hold_after_bytes, redirect=redirect, **wishes
        )
        return Episode(self._session, file)

    def upload(self, name: str, *, hold_after_bytes: int | None = None, **wishes: Unpack[Wishes]) -> Inbox:
        """Offer a place to upload to with PUT or POST.

        Args:
            name: within the test.
            hold_after_bytes: no byte of the body from this offset on is read before ``release()``.
            wishes: status, faults and rate (of reading), as in ``harness.origin``.
        """
        return Inbox(self._session, self._run.upload(name, hold_after_bytes=hold_after_bytes, **wishes))

    async def _phone_s(self) -> float:
        return (await self._session.phone.clock.now()).at_s

    def fetch_probe(self, *, within_s: float = probe.WITHIN_S) -> None:
        """Launch the app and have it download a small file: the way from the phone to here is there.

        Raises:
            OriginUnreachable: the file was not fetched; says what to look at.
        """
        session = self._session
        fetching = probe.fetch_probe(session.phone, session.profile.bundle_id, self._run, within_s=within_s)
        session.run(fetching, what="fetching a probe", within_s=COMMAND_S + within_s)

    def prove_out_of_reach(self, app: App, *, within_s: float = OUT_OF_REACH_S) -> bool:
        """Have the app try to fetch a small file, by cellular too, after Wi-Fi was taken away.

        What a story claims of a phone without Wi-Fi means nothing where the phone goes on by cellular. A
        request that comes makes every verdict invalid from then on, unless all that the story transfers is
        kept from cellular by ``cellular="no"``. That none comes stands in the timeline too, and is what
        silence later rests on. Not needed where the phone has no cellular radio.

        Args:
            app: in a known state; it is in one afterwards, too.
            within_s: how long a request may take to come, in phone time.

        Returns:
            Whether the app could be told to try.
        """
        session = self._session
        if Rung.CELLULAR not in session.phone.rungs:
            return True
        file = self._run.file(OUT_OF_REACH, size_bytes=probe.SIZE_BYTES)
        try:
            _try_to_fetch(app, file.url)
        except (AppCannotBeTold, CapabilityMissing):
            return False
        session.run(
            self._none_comes(file.name, within_s), what="waiting for nothing", within_s=COMMAND_S + within_s
        )
        app.reset()
        return True

    async def _none_comes(self, name: str, within_s: float) -> None:
        session = self._session
        until_s = (await session.recorder.now()).at_s + within_s
        while not any(receipt.name == name for receipt in self._run.receipts):
            if (await session.recorder.settle()).at_s >= until_s:
                return
            await session.phone.clock.let_pass(until_s)

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """What the origin saw of each request of this test."""
        return self._run.receipts


def _try_to_fetch(app: App, url: str) -> None:
    """In a session of the app's own, if it can be told so: one in the background might wait for its turn."""
    try:
        app.do(Trigger.START_DOWNLOAD, url=url, id=OUT_OF_REACH, kind="default")
    except AppCannotBeTold:
        app.do(Trigger.START_DOWNLOAD, url=url, id=OUT_OF_REACH)


async def _end(server: OriginServer, run: OriginRun) -> None:
    server.end_run(run)  # on the loop that the run's connections belong to
    # The next test's origin is the same server.
    await server.show_expired(False)
    await server.lose_name(False)
    await server.open_port()
