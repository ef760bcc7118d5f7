"""What can be done to the phone's services."""

from __future__ import annotations

import difflib

from harness.virtual.faults.target import Target, Verb
from harness.virtual.faults.words import Argument, FaultRefused, Given, Kind, UnknownWord
from harness.virtual.kernel.service_faults import INVALID_SERVICE
from harness.virtual.services.table import SERVICES
from harness.virtual.transport.offers import CORE_DEVICE_PROXY

SERVICE_VERBS: tuple[Verb, ...] = (
    Verb(
        "refuse-service",
        f"Have lockdown refuse a service, with {INVALID_SERVICE} or the error that is given.",
        lambda on, given: on.phone.service_faults.refuse(
            _service(given), given.text("error", INVALID_SERVICE)
        ),
        (Argument("service", Kind.SERVICE), Argument("error", required=False)),
    ),
    Verb(
        "allow-service",
        "Let a service start again.",
        lambda on, given: _allow(on, _service(given)),
        (Argument("service", Kind.SERVICE),),
    ),
    Verb(
        "wedge-instruments",
        "After that many more launches, accept connections to instruments and answer nothing.",
        lambda on, given: on.phone.service_faults.wedge_instruments(given.count("after")),
        (Argument("after", Kind.COUNT, required=False),),
    ),
    Verb("unwedge", "Have instruments answer again.", lambda on, _: on.phone.service_faults.unwedge()),
)
"""By what is written first."""


def service_names() -> tuple[str, ...]:
    """Every service that can be refused."""
    return tuple(sorted({*SERVICES, CORE_DEVICE_PROXY}))


def _service(given: Given) -> str:
    name = given.text("service")
    known = service_names()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        fix = f"Near it: {', '.join(close)}" if close else "List them: services"
        raise UnknownWord(f"{name!r} is no service of any phone here", fix=fix)
    return name


def _allow(on: Target, service: str) -> None:
    if not on.phone.service_faults.allow(service):
        raise FaultRefused(f"{service} is not refused", phone=on.name)
