"""What honest clients say to the services that speak DTX: a call of every method of every channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.virtual.services import testmanagerd
from harness.virtual.services.dvt.processcontrol import LAUNCH
from harness.virtual.services.instruments import CHANNELS
from harness.wire import dtx
from harness.wire.primitives import Int32, Int64
from tests.faults.damage import Frame, Talk
from tests.virtual.rig import APP

OPEN = "_requestChannelWithCode:identifier:"


def _call(value: tuple[int, str, tuple[Any, ...]]) -> bytes:
    channel, selector, arguments = value
    return dtx.encode(dtx.dispatch(7, channel, selector, *arguments))


def call(channel: int, selector: str, *arguments: Any) -> Frame:
    """A call; arguments that are numbers travel in an archive."""
    return Frame((channel, selector, arguments), _call)


ARGUMENTS: Mapping[str, tuple[Any, ...]] = {
    LAUNCH: ("", APP.bundle_id, {"A": "b", "NSUnbufferedIO": "YES"}, ["-x"], {"StartSuspendedKey": False}),
    "sendSignal:toPid:": (9, 4711),
    "sendProcessControlEvent:toPid:": ({"PCEventType": "PressHomeButton"}, 1),
    "processIdentifierForBundleIdentifier:": (APP.bundle_id,),
    "directoryListingForPath:": ("/private/var",),
    "installedApplicationsMatching:registerUpdateToken:": ({}, ""),
    "simulateLocationWithLatitude:longitude:": (48.1, 11.5),
    "enableConditionWithIdentifier:profileIdentifier:": ("SlowNetworkCondition", "SlowNetwork3GGood"),
    "disableConditionWithIdentifier:": ("SlowNetworkCondition",),
    "setApplicationStateNotificationsEnabled:": (True,),
    "setConfig:": (
        {"ur": 500, "sampleInterval": 500000000, "procAttrs": ["pid", "name"], "sysAttrs": ["vmFreeCount"]},
    ),
}
"""Selector -> arguments, of those that take anything but numbers."""


def _frames(channels: Mapping[str, Any]) -> tuple[Frame, ...]:
    return tuple(
        call(code, selector, *ARGUMENTS.get(selector, (1,) * selector.count(":")))
        for code, kind in enumerate(channels.values(), 1)
        for selector in kind(None, None).methods()
    )


def _talk(channels: Mapping[str, Any]) -> Talk:
    return Talk(
        tuple(call(0, OPEN, code, identifier) for code, identifier in enumerate(channels, 1)),
        (
            *_frames(channels),
            call(0, "_notifyOfPublishedCapabilities:", {"com.apple.private.DTXConnection": 1}),
            call(0, OPEN, Int32(99), next(iter(channels))),
            call(0, "_channelCanceled:", Int32(2)),
            call(1, "no:such:", Int64(5), None),
        ),
        b"_notifyOfPublishedCapabilities:",
    )


INSTRUMENTS = _talk(CHANNELS)
TESTMANAGERD = _talk({testmanagerd.PROXY: testmanagerd.DaemonConnection})
