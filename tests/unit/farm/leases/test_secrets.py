"""What else than a password is secret in the URL of the database: it arrives, and is not shown."""

from __future__ import annotations

import datetime
import ipaddress
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from psycopg import pq

from harness.config.storeurl import SECRETS
from harness.errors import FarmError
from harness.farm.janitor import Janitor
from harness.farm.leases.postgres import Server as StoreServer
from harness.farm.leases.store import LeaseStore
from harness.model.undo import Undo, UndoOp
from tests.postgres import Server, server
from tests.unit.farm.leases.test_deaths import eventually
from tests.unit.farm.leases.test_password import RESTORES, processes

SECRET = "hunter2 of the key"
ROLE = "sealed"
AUTHORITY = "the rack's own"
DAY = datetime.timedelta(days=1)


def test_whatever_libpq_does_not_display_is_known_as_a_secret() -> None:
    hidden = {one.keyword.decode() for one in pq.Conninfo.get_defaults() if one.dispchar == b"*"}
    assert hidden <= set(SECRETS)


@pytest.mark.parametrize("option", SECRETS)
def test_what_is_secret_in_a_url_goes_to_the_next_process_by_its_environment(
    option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = StoreServer(f"postgresql://farm@db/farm?{option}=hunter2&connect_timeout=1")
    assert asked.address == "postgresql://farm@db/farm?connect_timeout=1"
    assert asked.environment == {SECRETS[option]: "hunter2"}
    assert StoreServer(asked.address).environment == {}


def write_pem(path: Path, *parts: bytes) -> str:
    path.write_bytes(b"".join(parts))
    path.chmod(0o600)
    return str(path)


def pem_of(key: ec.EllipticCurvePrivateKey, password: str = "") -> bytes:
    lock = serialization.BestAvailableEncryption(password.encode()) if password else None
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        lock or serialization.NoEncryption(),
    )


def certificate(name: str, key: ec.EllipticCurvePrivateKey, issuer: ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate for a name, signed by the issuer's key."""
    called, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, one)]) for one in (name, AUTHORITY))
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=name == AUTHORITY, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
    )
    return built.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an authority, a server's key, and a client's, which only its password opens."""
    directory = tmp_path_factory.mktemp("keys")
    authority, serving, client = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    write_pem(directory / "ca.crt", certificate(AUTHORITY, authority, authority))
    write_pem(directory / "server.crt", certificate("127.0.0.1", serving, authority))
    write_pem(directory / "server.key", pem_of(serving))
    write_pem(directory / "client.crt", certificate(ROLE, client, authority))
    write_pem(directory / "client.key", pem_of(client, SECRET))
    return directory


@pytest.fixture(scope="module")
def postgres(keys: Path) -> Iterator[Server]:
    """One whose role gets in with its certificate only."""
    with server() as running:
        running.demand_certificate(ROLE, keys)
        yield running


@pytest.fixture
def url(postgres: Server, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HARNESS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    place = postgres.create(f"farm_{uuid4().hex}").replace("farm@", f"{ROLE}@")
    by = {"sslmode": "require", "sslcert": keys / "client.crt", "sslkey": keys / "client.key"}
    return f"{place}?{urlencode({**by, 'sslpassword': SECRET}, quote_via=quote)}"


@pytest.mark.judge("postgresql")
def test_a_janitor_opens_the_key_of_its_certificate_with_it_and_does_not_show_it(
    url: str, tmp_path: Path
) -> None:
    restored = tmp_path / "restored"
    janitor = Janitor((sys.executable, "-c", RESTORES, str(restored)))
    with closing(LeaseStore.of(url)) as store:
        assert "hunter2" not in store.address
        holder = store.register("pytest", janitor=janitor)
        with holder.acquire(["u1"], within_s=0) as lease:
            lease.will_change("u1", UndoOp(Undo.WIFI, "on"))
            eventually(lambda: f"harness.farm.janitor {store.address} {holder.id}" in processes())
            assert "hunter2" not in processes()
        holder.close()
    eventually(restored.exists)
    eventually(lambda: restored.read_text() == "1")
    assert SECRETS["sslpassword"] not in os.environ


@pytest.mark.judge("postgresql")
def test_a_wrong_one_is_said_without_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.farm.leases.postgres.PATIENCE_S", 0.0)
    wrong = url.replace("hunter2", "hunter3")
    with pytest.raises(FarmError) as refused:
        LeaseStore.of(wrong)
    assert "hunter3" not in f"{refused.value}"
