"""Where clients that look for tunnels find the phones of a rack: one HTTP port, three dialects.

pymobiledevice3's tunneld is asked ``/``, the agent of go-ios ``/tunnels`` and ``/tunnel/<udid>``, and the
registry of appium-ios-remotexpc ``/remotexpc/tunnels``; their paths do not meet, so one port answers as all
three. Nothing here ends a rack: what would stop a tunnel is answered, and the tunnel is there again.
Source: virtual-iphone.md §1 and §2 "Redirecting each client"; the three programs' published sources.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime

from aiohttp import web

from harness.virtual.transport.direct import IPV4_HOST, IPV6_HOST, DirectPhone

INTERFACE = "lo"
"""What stands for the network interface of a tunnel; invented, and no known client opens it."""

Json = Mapping[str, object] | list[dict[str, object]]


class Endpoints:
    """The HTTP port of one rack.

    Args:
        phones: those that have RSD.
    """

    def __init__(self, phones: Iterable[DirectPhone]) -> None:
        self._phones = tuple(phones)
        self._runner: web.AppRunner | None = None
        self._opened_ms = time.time_ns() // 1_000_000

    async def listen(self) -> str:
        """Start to answer on a free port of 127.0.0.1.

        Returns:
            ``host:port``.
        """
        app = web.Application()
        app.add_routes([web.get(path, self._handler(answer)) for path, answer in GET_MESSAGES.items()])
        app.add_routes([web.post(path, self._handler(answer)) for path, answer in POST_MESSAGES.items()])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, IPV4_HOST, 0)
        await site.start()
        return f"{IPV4_HOST}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop answering; closing what never listened is no error."""
        if self._runner is not None:
            await self._runner.cleanup()

    def there(self) -> tuple[DirectPhone, ...]:
        """The phones whose cable is plugged in."""
        return tuple(phone for phone in self._phones if phone.is_there)

    def phone(self, request: web.Request) -> DirectPhone:
        """The phone that a request names in its path or its query.

        Raises:
            HTTPNotFound: no such phone is there.
        """
        udid = request.match_info.get("udid") or request.query.get("udid", "")
        found = next((phone for phone in self.there() if phone.udid == udid), None)
        if found is None:
            raise web.HTTPNotFound(text=f"no phone {udid} with a tunnel")
        return found

    @property
    def opened_ms(self) -> int:
        """When the rack opened, milliseconds since 1970 on this host's clock."""
        return self._opened_ms

    def _handler(self, answer: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return web.json_response(answer(self, request))

        return handle


Answer = Callable[[Endpoints, web.Request], Json]
"""Makes what a request is answered with."""


# What pymobiledevice3's tunneld answers.


def _tunneld_list(endpoints: Endpoints, _request: web.Request) -> Json:
    return {phone.udid: [_tunneld_entry(phone)] for phone in endpoints.there()}


def _tunneld_entry(phone: DirectPhone) -> dict[str, object]:
    address = {"tunnel-address": IPV4_HOST, "tunnel-port": phone.rsd_port, "interface": INTERFACE}
    return {**address, "auxiliary-metadata": {}, "origin": None}


def _tunneld_start(endpoints: Endpoints, request: web.Request) -> Json:
    phone = endpoints.phone(request)
    address = {"address": IPV4_HOST, "port": phone.rsd_port, "interface": INTERFACE}
    return {**address, "auxiliary-metadata": {}}


def _tunneld_hello(_endpoints: Endpoints, _request: web.Request) -> Json:
    return {"message": "Hello, I'm alive"}


def _tunneld_cancel(_endpoints: Endpoints, request: web.Request) -> Json:
    udid = request.query.get("udid", "")
    return {"operation": "cancel", "udid": udid, "data": True, "message": f"tunnel {udid} Canceled ..."}


def _tunneld_clear(_endpoints: Endpoints, _request: web.Request) -> Json:
    return {"operation": "clear_tunnels", "data": True, "message": "Cleared tunnels..."}


# What the agent of go-ios answers.


def _agent_list(endpoints: Endpoints, _request: web.Request) -> Json:
    return [_agent_entry(phone) for phone in endpoints.there()]


def _agent_one(endpoints: Endpoints, request: web.Request) -> Json:
    return _agent_entry(endpoints.phone(request))


def _agent_entry(phone: DirectPhone) -> dict[str, object]:
    # go-ios puts brackets around the address, as around one of IPv6.
    host = IPV6_HOST if IPV6_HOST in phone.hosts else IPV4_HOST
    address = {"address": host, "rsdPort": phone.rsd_port, "udid": phone.udid}
    return {**address, "userspaceTun": False, "userspaceTunPort": 0}


def _agent_ready(_endpoints: Endpoints, _request: web.Request) -> Json:
    return {}


# What the registry of appium-ios-remotexpc answers.


def _registry_list(endpoints: Endpoints, request: web.Request) -> Json:
    tunnels = {phone.udid: _registry_entry(endpoints, phone) for phone in endpoints.there()}
    return {"tunnels": tunnels, "metadata": _registry_metadata(endpoints, request)}


def _registry_metadata(endpoints: Endpoints, _request: web.Request) -> Json:
    count = len(endpoints.there())
    now = datetime.now(UTC).isoformat()
    return {"lastUpdated": now, "totalTunnels": count, "activeTunnels": count}


def _registry_one(endpoints: Endpoints, request: web.Request) -> Json:
    return _registry_entry(endpoints, endpoints.phone(request))


def _registry_entry(endpoints: Endpoints, phone: DirectPhone) -> dict[str, object]:
    # The registry keeps a list of services that it read itself; so this phone's are all opened now.
    # The numbers of a phone on USB are invented: none stands behind a tunnel of this machine.
    services = {name: {"port": str(port)} for name, port in phone.catalog().items()}
    return {
        "udid": phone.udid,
        "deviceId": 0,
        "address": IPV4_HOST,
        "rsdPort": phone.rsd_port,
        "services": services,
        "catalogUpdatedAt": time.time_ns() // 1_000_000,
        "connectionType": "USB",
        "productId": 0,
        "createdAt": endpoints.opened_ms,
        "lastUpdated": endpoints.opened_ms,
    }


GET_MESSAGES: Mapping[str, Answer] = {
    "/": _tunneld_list,
    "/hello": _tunneld_hello,
    "/cancel": _tunneld_cancel,
    "/clear_tunnels": _tunneld_clear,
    "/start-tunnel": _tunneld_start,
    "/tunnels": _agent_list,
    "/tunnel/{udid}": _agent_one,
    "/health": _agent_ready,
    "/ready": _agent_ready,
    "/remotexpc/tunnels": _registry_list,
    "/remotexpc/tunnels/metadata": _registry_metadata,
    "/remotexpc/tunnels/{udid}": _registry_one,
}
"""Path of a GET -> what it is answered with; the first that fits counts."""

POST_MESSAGES: Mapping[str, Answer] = {"/remotexpc/tunnels/{udid}/refresh-services": _registry_one}
"""Path of a POST -> what it is answered with."""
