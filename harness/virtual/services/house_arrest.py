"""house_arrest: AFC over the container of one app, without launching it.

The whole container of an app that is signed for development, or the Documents of such an app and of one
with ``UIFileSharingEnabled``. Source: the command names and errors that clients know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import WireError
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.afc_files import Jail
from harness.virtual.services.support.afc_session import AfcSession
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed

Handler = Callable[[AppBundle], bool]
"""Whether an app's container may be vended this way."""


def _may_container(app: AppBundle) -> bool:
    return app.debuggable


def _may_documents(app: AppBundle) -> bool:
    # Guessed: that an app signed for development is open in this way too without file sharing.
    return app.file_sharing or app.debuggable


MESSAGES: Mapping[str, Handler] = {"VendContainer": _may_container, "VendDocuments": _may_documents}
"""Command -> which apps it is for."""

PART_OF: Mapping[str, str | None] = {"VendContainer": None, "VendDocuments": "Documents"}
"""Command -> the one entry of the container that its client may enter; ``None`` for all."""


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
    container = phone.containers.path(str(request["Identifier"]))
    jail = Jail(container, PART_OF[str(request["Command"])])
    await AfcSession(phone, stream, jail).serve()


def _refusal(phone: VirtualPhone, request: dict[str, Any]) -> str:
    may = MESSAGES.get(str(request.get("Command", "")))
    if may is None:
        return "UnknownCommand"
    app = phone.apps.get(str(request.get("Identifier", "")))
    if app is None:
        return "ApplicationLookupFailed"
    return "" if may(app) else "InstallationLookupFailed"
