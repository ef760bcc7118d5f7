"""Which servers a phone believes: real handshakes, judged by the phone's clock and not by the host's."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.model.interfaces import Interface
from harness.origin.authority import AUTHORITY_DAYS, GOOD_DAYS, Authority
from harness.virtual.kernel.conditions import Conditions
from harness.virtual.kernel.network.egress import SocketEgress
from harness.virtual.kernel.network.network import Network
from harness.virtual.kernel.network.trust import CertificateExpired, CertificateNotYetValid
from harness.virtual.kernel.nsurlsessiond.failures import Failure
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest, Way
from harness.virtual.kernel.nsurlsessiond.transfer import Fetch
from harness.virtual.kernel.profiles import Profiles
from tests.virtual.urlsession.clock import StandInClock
from tests.virtual.urlsession.server import until
from tests.virtual.urlsession.test_failures import Listener
from tests.virtual.urlsession.test_tls import self_signed

DAY_S = 86_400.0
Serving = Callable[[Authority], ssl.SSLContext]


def good(authority: Authority) -> ssl.SSLContext:
    return authority.good(("127.0.0.1",))


def expired(authority: Authority) -> ssl.SSLContext:
    return authority.expired(("127.0.0.1",))


def of_another_host(authority: Authority) -> ssl.SSLContext:
    return authority.good(("origin.example",))


class PhoneTime:
    """A clock that stands so many days from the host's."""

    def __init__(self, days: float) -> None:
        self.now_s = time.time() + days * DAY_S

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_s, callback)


def network(roots: tuple[bytes, ...], days: float) -> Network:
    return Network(Conditions(16), PhoneTime(days), SocketEgress(), has_cellular=False, roots=lambda: roots)


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    writer.close()


async def fetched(context: ssl.SSLContext, roots: tuple[bytes, ...], days: float) -> Failure | None:
    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        clock, listener = StandInClock(), Listener()
        Fetch(FetchRequest(url), clock, listener, Way(network(roots, days))).start()
        await until(lambda: clock.holds == 0)
    (outcome,) = listener.outcomes
    return outcome.failure


SERVERS: dict[str, tuple[Serving, float, Failure | None]] = {
    "as it should be": (good, 0, None),
    "expired": (expired, 0, Failure.EXPIRED),
    "of a phone that lives two years ahead, before its end": (good, GOOD_DAYS - 10, None),
    "of a phone that lives two years ahead, after its end": (good, GOOD_DAYS + 10, Failure.EXPIRED),
    "expired here, and good for a phone that is behind": (expired, -400, None),
    "from the future": (good, -10, Failure.NOT_YET_VALID),
    "of another name": (of_another_host, 0, Failure.CERTIFICATE),
}


@pytest.mark.parametrize("what", SERVERS)
def test_a_certificate_is_judged_by_the_phones_clock(what: str, tmp_path: Path) -> None:
    serving, days, failure = SERVERS[what]
    authority = Authority.kept_in(tmp_path)
    assert asyncio.run(fetched(serving(authority), (authority.der,), days)) is failure


def test_an_authority_that_the_phone_was_not_told_of_is_not_believed(tmp_path: Path) -> None:
    authority = Authority.kept_in(tmp_path)
    assert asyncio.run(fetched(good(authority), (), 0)) is Failure.CERTIFICATE
    assert asyncio.run(fetched(self_signed(tmp_path), (authority.der,), 0)) is Failure.CERTIFICATE


def test_the_profile_of_the_authority_has_the_phone_know_it_until_it_is_removed(tmp_path: Path) -> None:
    authority, profiles = Authority.kept_in(tmp_path), Profiles()
    profile = profiles.install(authority.profile)
    assert profiles.roots() == (authority.der,)
    assert asyncio.run(fetched(good(authority), profiles.roots(), 0)) is None
    profiles.remove(profile.identifier)
    assert profiles.roots() == ()


def test_a_profile_whose_root_is_nonsense_brings_none(tmp_path: Path) -> None:
    authority, profiles = Authority.kept_in(tmp_path), Profiles()
    profiles.install(authority.profile.replace(b"MII", b"AAA"))
    assert profiles.roots() == ()


def test_nobody_is_given_the_connection_to_a_server_that_is_not_believed(tmp_path: Path) -> None:
    async def story() -> None:
        authority = Authority.kept_in(tmp_path)
        server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=expired(authority))
        async with server:
            port = server.sockets[0].getsockname()[1]
            user = Silent()
            here = network((authority.der,), 0)
            with pytest.raises(CertificateExpired):
                await here.connect(lambda: user, "127.0.0.1", port, tls=True, interface=Interface.WIFI)
            assert not user.was_given

    asyncio.run(story())


class Silent(asyncio.Protocol):
    """Notes whether it was given a connection."""

    was_given = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.was_given = True


def test_both_faults_are_certificates_that_do_not_hold() -> None:
    for fault in (CertificateExpired, CertificateNotYetValid):
        assert issubclass(fault, ssl.SSLCertVerificationError)


def test_of_two_that_make_it_at_once_one_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    making = Authority._make  # pyright: ignore[reportPrivateUsage]

    def overtaken() -> Authority:
        monkeypatch.setattr(Authority, "_make", making)
        Authority.kept_in(tmp_path)
        return making()

    monkeypatch.setattr(Authority, "_make", overtaken)
    late = Authority.kept_in(tmp_path)
    assert late.der == Authority.kept_in(tmp_path).der
    assert (tmp_path / "origin-authority.mobileconfig").read_bytes() == late.profile
    assert len(list(tmp_path.iterdir())) == 2


def test_an_authority_is_kept(tmp_path: Path) -> None:
    first, again = Authority.kept_in(tmp_path), Authority.kept_in(tmp_path)
    assert (first.der, first.profile) == (again.der, again.profile)
    assert (tmp_path / "origin-authority.pem").stat().st_mode & 0o077 == 0
    ends = first.certificate.not_valid_after_utc.timestamp()
    assert ends > time.time() + (AUTHORITY_DAYS - 1) * DAY_S
