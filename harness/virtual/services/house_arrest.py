"""house_arrest: AFC over the container of one app, without launching it.

The whole container of a development-signed app, or the Documents of one.
Source: the command names and errors that clients know.
"""

from __future__ import annotations

from typing import Any

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.afc_files import Jail
from harness.virtual.services.support.afc_session import AfcSession
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed

VEND_CONTAINER = "VendContainer"
VEND_DOCUMENTS = "VendDocuments"


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client: one vend, then AFC."""
    connection = PlistConnection(stream)
    try:
        while (request := await connection.receive()) is not None:
            refusal = _refusal(phone, request)
            connection.send({"Error": refusal} if refusal else {"Status": "Complete"})
            await connection.drain()
            if not refusal:
                break
        else:
            return
    except (StreamClosed, WireError):
        return
    only = "Documents" if request.get("Command") == VEND_DOCUMENTS else None
    container = phone.containers.path(str(request["Identifier"]))
    await AfcSession(phone, stream, Jail(container, only)).serve()


def _refusal(phone: VirtualPhone, request: dict[str, Any]) -> str:
    if request.get("Command") not in (VEND_CONTAINER, VEND_DOCUMENTS):
        return "UnknownCommand"
    app = phone.apps.get(str(request.get("Identifier", "")))
    if app is None:
        return "ApplicationLookupFailed"
    # Guessed: apps here do not share their documents, so both ways need get-task-allow.
    return "" if app.debuggable else "InstallationLookupFailed"
