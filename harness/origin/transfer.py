"""Sending an answer and taking an upload, byte by byte as the gates and faults will have it."""

from __future__ import annotations

import hashlib

from aiohttp import web

from harness.origin.answer import GATE_HEADER, Answer, plain
from harness.origin.behaviour import Behaviour, Fault, FaultKind
from harness.origin.body import BLOCK_BYTES
from harness.origin.files import KEPT_BYTES, OriginUpload, ReceivedBody
from harness.origin.gate import Gate
from harness.origin.line import Line, room
from harness.origin.receipts import EventKind, UploadedBody


async def send_answer(line: Line, answer: Answer) -> web.StreamResponse:
    """Send head and body; returns when the last byte has left this process."""
    await line.fail_if_due(answer.fault, 0)
    response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
    if answer.status not in (204, 304):
        response.content_length = answer.length
    has_body = line.http.method != "HEAD"
    if has_body and answer.silent_at is not None:
        response.headers[GATE_HEADER] = f"hold={answer.silent_at}"
    await response.prepare(line.http)
    await line.http.writer.drain()
    part = (answer.start, answer.end, answer.body.size_bytes) if answer.of_file else (0, 0, 0)
    line.exchange.head(answer.status, *part)
    if has_body:
        await _send_body(line, answer)
    await response.write_eof()
    line.exchange.finished()
    return response


async def _send_body(line: Line, answer: Answer) -> None:
    position = 0
    try:
        while True:
            while (gate := answer.gate_at(position)) is not None:
                await line.stand(gate, position, answer.rate_bytes_per_s)
            if position:
                await line.fail_if_due(answer.fault, position)
            if position == answer.length:
                return
            position = await _send_block(line, answer, position)
    finally:
        line.moved()


async def _send_block(line: Line, answer: Answer, position: int) -> int:
    failure = answer.fault.after_bytes if answer.fault else None
    stops = [answer.length, answer.hold_at, failure]
    most = room(position, stops, answer.rate_bytes_per_s, BLOCK_BYTES)
    block = answer.body.read(answer.start + position, most)
    position += len(block)
    # Before and not after: who has the last byte may leave at once, and has had the whole file.
    await line.pace(position, answer.rate_bytes_per_s)
    await line.send(block)
    line.exchange.moved(position)
    return position


async def take_upload(
    line: Line, offer: OriginUpload, how: Behaviour, gates: tuple[Gate, ...]
) -> web.StreamResponse:
    """Read the body of a PUT or POST to its end, by way of gates, and answer."""
    if (line.http.headers.get("Expect") or "").lower() == "100-continue":
        await line.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    await _read_body(line, offer, how, gates)
    return await send_answer(line, plain(how.status))


async def _read_body(line: Line, offer: OriginUpload, how: Behaviour, gates: tuple[Gate, ...]) -> None:
    digest, position, whole, kept = hashlib.sha256(), 0, False, bytearray()
    stops = [*(gate.offset for gate in gates), how.fault.after_bytes if how.fault else None]
    try:
        while not whole:
            for gate in gates:
                if not gate.is_open and gate.offset == position:
                    await _stand(line, gate, position, how.rate_bytes_per_s)
            await _fail_if_due(line, how.fault, position)
            most = room(position, stops, how.rate_bytes_per_s, BLOCK_BYTES)
            data = await line.http.content.read(most)
            digest.update(data)
            kept += data[: KEPT_BYTES - len(kept)]
            position += len(data)
            line.exchange.moved(position, EventKind.RECEIVED)
            whole = not data and line.http.content.at_eof()
            await line.pace(position, how.rate_bytes_per_s)
    finally:
        line.moved()
        offer.keep(ReceivedBody(bytes(kept), line.http.headers.get("Content-Type", ""), whole))
        line.exchange.uploaded(UploadedBody(position, digest.hexdigest(), whole))


async def _stand(line: Line, gate: Gate, position: int, rate_bytes_per_s: float | None) -> None:
    await _tell(line, f"hold={position}")
    await line.stand(gate, position, rate_bytes_per_s)
    await _tell(line, "open")


async def _fail_if_due(line: Line, fault: Fault | None, position: int) -> None:
    if fault is not None and fault.kind is FaultKind.DROP and fault.after_bytes == position:
        await _tell(line, f"hold={position}")
    await line.fail_if_due(fault, position)


async def _tell(line: Line, word: str) -> None:
    """Say that the body is read no further, or again; the sender of it could not know.

    An interim response may come at any time (RFC 9110 §15.2); of those, 100 is the one that every
    client skips.
    """
    await line.send(f"HTTP/1.1 100 Continue\r\n{GATE_HEADER}: {word}\r\n\r\n".encode())
