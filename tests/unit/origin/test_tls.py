"""The same promises over HTTPS."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from pathlib import Path

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.origin.server import OriginServer
from tests.unit.origin.support import seen, within


def signed_by_nobody(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "origin")])
    today = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    day = datetime.timedelta(days=1)
    certificate = (
        builder.not_valid_before(today - day).not_valid_after(today + day).sign(key, hashes.SHA256())
    )
    pem = directory / "origin.pem"
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, plain)
    pem.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_a_gate_holds_and_releases_over_tls(tmp_path: Path) -> None:
    async def story() -> None:
        server = OriginServer(tls=signed_by_nobody(tmp_path))
        await server.start()
        run = server.begin_run("n")
        file = run.file("a.bin", size_bytes=500_000, hold_after_bytes=200_000)
        assert file.url.startswith("https://127.0.0.1:")
        async with aiohttp.ClientSession() as client, client.get(file.url, ssl=False) as response:
            assert response.headers["X-Origin-Gate"] == "hold=200000"
            await within(response.content.readexactly(200_000))
            assert (await seen(run, lambda receipt: receipt.held)).body_bytes == 200_000
            await within(file.release())
            assert len(await within(response.content.read())) == 300_000
        assert run.receipts[0].reached_end_of_file
        await within(server.stop())

    asyncio.run(story())
