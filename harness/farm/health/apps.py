"""Stages of the app under test: it is there, its data can be read, and it gets through to this host."""

from __future__ import annotations

import secrets

from harness.errors import AppNotInstalled
from harness.farm.health.patient import Patient
from harness.farm.health.probe import fetch_probe
from harness.farm.health.result import NotTried


async def installed(patient: Patient) -> str:
    """The app is on the phone."""
    app = await (await patient.driver()).app_info(patient.app)
    if app is None:
        fix = "Install it; harness ondevice export DIR writes out the sample app."
        raise AppNotInstalled(f"{patient.app} is not installed", phone=patient.name, fix=fix)
    return f"{app.name} {app.version}"


async def container(patient: Patient) -> str:
    """Its data container can be opened."""
    await (await (await patient.driver()).container(patient.app)).close()
    return "it can be read"


async def origin(patient: Patient) -> str:
    """It fetches a small file from this host."""
    if patient.origin is None:
        raise NotTried("--origin has the app fetch a file, for which it is launched")
    from harness.origin.placing import server_for  # aiohttp takes long to import

    server, bind, port = server_for(patient.identity.hardware, patient.origin)
    await server.start(bind, port)
    try:
        run = server.begin_run(secrets.token_hex(4))
        return await fetch_probe(await patient.driver(), patient.app, run)
    finally:
        await server.stop()
