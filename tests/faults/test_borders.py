"""Values that no honest client sends, each at the border where it is refused or taken by name."""

from __future__ import annotations

import asyncio
import plistlib
from typing import Any

import pytest

from harness.virtual.services.dvt.sysmontap import SHORTEST_S, config_of
from harness.wire.dtx import DtxDecoder, DtxKind
from harness.wire.lockdown import PlistDecoder, encode_plist
from harness.wire.nskeyed import NSError
from tests.faults.bench import a_phone, complaints
from tests.faults.cases import CASES
from tests.faults.memory import MemoryStream
from tests.faults.talks_dtx import LAUNCH, OPEN, call

PROCESS_CONTROL = "com.apple.instruments.server.services.processcontrol"
DEVICE_INFO = "com.apple.instruments.server.services.deviceinfo"
DVT = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"


def answer_of(name: str, said: bytes) -> bytes:
    """What a service answers to everything that a client says."""

    async def main() -> bytes:
        with complaints() as heard, a_phone(CASES[name].ios) as end:
            client = MemoryStream(said)
            await CASES[name].serve(end, client)
            assert heard.found == []
            return bytes(client.heard)

    return asyncio.run(main())


WRONG: list[tuple[str, str, tuple[Any, ...], int]] = [
    (PROCESS_CONTROL, "sendSignal:toPid:", (9, "1"), 1),
    (PROCESS_CONTROL, "killPid:", ({},), 0),
    (PROCESS_CONTROL, LAUNCH, ("", "dev.harness.plain", {}, "-x", {}), 3),
    (PROCESS_CONTROL, LAUNCH, ("", 5, {}, [], {}), 1),
    (DEVICE_INFO, "directoryListingForPath:", (b"/",), 0),
    (DEVICE_INFO, "nameForUID:", ([],), 0),
]
"""Channel, selector and arguments, and which of them is wrong."""


@pytest.mark.parametrize(("identifier", "selector", "arguments", "number"), WRONG)
def test_an_argument_of_another_class_is_refused_by_its_number(
    identifier: str, selector: str, arguments: tuple[Any, ...], number: int
) -> None:
    said = call(0, OPEN, 1, identifier).honest() + call(1, selector, *arguments).honest()
    *_, answer = DtxDecoder().feed(answer_of(DVT, said))
    assert answer.kind is DtxKind.ERROR
    assert isinstance(answer.payload, NSError)
    told = str(answer.payload.user_info["NSLocalizedDescription"])
    assert told.startswith(f"Argument {number} of -[{selector}] is of class ")


@pytest.mark.parametrize("word", ["\x01", "a\0b"])
def test_a_text_that_xml_cannot_carry_comes_back_in_binary(word: str) -> None:
    said = encode_plist({"Request": word}, binary=True)
    (answer,) = PlistDecoder().feed(answer_of("lockdownd", said))
    assert (answer["Request"], answer["Error"]) == (word, "InvalidRequest")


@pytest.mark.parametrize("interval", [float("nan"), float("inf"), -5])
def test_an_interval_that_is_no_time_is_the_shortest(interval: float) -> None:
    assert config_of({"ur": interval, "sampleInterval": interval}).interval_s == SHORTEST_S


@pytest.mark.parametrize(
    "for_s", ["<real>nan</real>", "<integer>" + "9" * 400 + "</integer>", "<integer>-1</integer>"]
)
def test_nothing_is_held_for_what_is_no_time(for_s: str) -> None:
    request = {
        "CommandKey": "CommandCreateAssertion",
        "AssertionTypeKey": "PreventSystemSleep",
        "AssertionNameKey": "x",
        "AssertionTimeoutKey": "here",
    }
    body = plistlib.dumps(request).replace(b"<string>here</string>", for_s.encode())
    said = len(body).to_bytes(4, "big") + body
    (answer,) = PlistDecoder().feed(answer_of("com.apple.mobile.assertion_agent", said))
    assert answer == {"Error": "InvalidRequest"}


def test_a_package_whose_path_is_too_long_is_not_there() -> None:
    said = encode_plist({"Command": "Install", "PackagePath": "x" * 5000})
    *_, answer = PlistDecoder().feed(answer_of("com.apple.mobile.installation_proxy", said))
    assert answer["Error"] == "PackageInspectionFailed"
