"""WebDriverAgent's server, as it runs in one runner's process.

Commands are done one after the other, as the real one does them on its main thread; a few are answered at
once. Source of shapes and words: WebDriverAgent 16 itself.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.virtual.kernel.conditions import Change
from harness.virtual.kernel.listeners import Serve
from harness.virtual.kernel.processes.exits import by_crash
from harness.virtual.kernel.processes.process import Process
from harness.virtual.transport.conversation import note
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.virtual.wda.call import Call
from harness.virtual.wda.http import HttpConnection, NotHttp, Request
from harness.virtual.wda.node import Node
from harness.virtual.wda.replies import HTTP_STATUSES, Refusal, Trouble, told, told_refusal
from harness.virtual.wda.routes import Match, match
from harness.virtual.wda.screen import Draw
from harness.virtual.wda.sessions import SessionBox

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

WDA = "WebDriverAgent"
"""The service under which its commands are noted."""


def server_of(process: Process, draw: Draw | None = None) -> Serve:
    """Start the server of a runner that was launched.

    Args:
        process: the runner's process; with it ends what the server watches.
        draw: draws what is on the screen; by default what the kernel says is there.

    Returns:
        What serves one connection.
    """
    phone = process.phone
    box = SessionBox(process.pid, process.environment, behind_passcode=phone.locked_by_passcode)
    watching = phone.conditions.observe(lambda change: _changed(phone, box, change))
    phone.exits.observe_exit(process.pid, lambda _: watching.close())

    async def serve_one(stream: Stream) -> None:
        await serve(phone, box, stream, draw or _draw)

    return serve_one


def _draw(phone: VirtualPhone) -> Node:
    # A phone boots sooner without what only somebody needs who looks at its screen.
    from harness.virtual.wda.pages.draw import draw

    return draw(phone)


def _changed(phone: VirtualPhone, box: SessionBox, change: str) -> None:
    if change == Change.LOCK and not phone.locked:
        box.behind_passcode = False
    if change == Change.WIFI and phone.service_faults.screen.loses_session_on_wifi:
        box.cut_off()


async def serve(phone: VirtualPhone, box: SessionBox, stream: Stream, draw: Draw) -> None:
    """Serve one connection until the client has finished, or what it sends is not HTTP.

    Args:
        phone: the phone.
        box: the session of the runner.
        stream: the connection; closed at the end.
        draw: draws what is on the screen.
    """
    http = HttpConnection(stream)
    box.streams.add(stream)
    try:
        while (request := await http.receive()) is not None:
            await http.send(*await _answer(phone, box, draw, request))
    except (StreamClosed, NotHttp):
        return
    finally:
        box.streams.discard(stream)
        stream.close()


async def _answer(
    phone: VirtualPhone, box: SessionBox, draw: Draw, request: Request
) -> tuple[int, dict[str, object]]:
    try:
        _break(phone, box)
        await _dawdle(phone)
        found = match(request.method, request.path)
        if found is None:
            path = "/".join(("", *request.path))
            raise Refusal(Trouble.UNKNOWN_COMMAND, f"Unhandled endpoint: {request.method} {path}")
        note(found.route.name, of=WDA)
        value = await _done(phone, box, draw, request, found)
    except Refusal as refusal:
        return HTTP_STATUSES[refusal.trouble], told_refusal(refusal, box.session_id)
    except HarnessError as error:
        # As the real one answers for whatever it has no word for.
        refusal = Refusal(Trouble.UNKNOWN_ERROR, str(error))
        return HTTP_STATUSES[refusal.trouble], told_refusal(refusal, box.session_id)
    return 200, told(value, box.session_id)


async def _done(phone: VirtualPhone, box: SessionBox, draw: Draw, request: Request, found: Match) -> object:
    if found.route.at_once:
        return await _do(phone, box, draw, request, found)
    async with box.turn:
        return await _do(phone, box, draw, request, found)


async def _do(phone: VirtualPhone, box: SessionBox, draw: Draw, request: Request, found: Match) -> object:
    session = box.called(found.session_id) if found.session_id is not None else None
    call = Call(phone, box, draw, session, found.names, request.query, request.arguments)
    with phone.clock.hold():
        value = found.route.handler(call)
    return await value if inspect.isawaitable(value) else value


def _break(phone: VirtualPhone, box: SessionBox) -> None:
    faults = phone.service_faults.screen
    if faults.takes_crash():
        process = phone.processes.get(box.pid)
        if process is not None:
            phone.runningboard.ended(process, by_crash("uncaught exception", ""))
        box.cut_off()
        raise StreamClosed("the runner has crashed")
    if faults.takes_failure():
        raise Refusal(Trouble.UNKNOWN_ERROR, "An unknown server-side error occurred")


async def _dawdle(phone: VirtualPhone) -> None:
    slow_s = phone.service_faults.screen.slow_s
    if slow_s:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        phone.clock.call_later(slow_s, lambda: None if over.done() else over.set_result(None))
        await over
