"""What honest clients say to the services of property lists, and to those with bytes of their own."""

from __future__ import annotations

import datetime
import plistlib
import struct
from collections.abc import Mapping
from typing import Any

from harness.virtual.services import (
    amfi_lockdown,
    diagnostics_relay,
    dtdevicearbitration,
    house_arrest,
    installation_proxy,
    mcinstall,
    misagent,
    mobile_image_mounter,
    os_trace_relay,
    springboardservices,
)
from harness.wire import afc
from harness.wire.cms import signed_data
from harness.wire.lockdown import write_plist
from tests.faults.damage import ENDLESS, Frame, Talk
from tests.virtual.rig import APP

IMAGE = b"not much of an image"
PROFILE = plistlib.dumps(
    {
        "PayloadType": "Configuration",
        "PayloadIdentifier": "dev.harness.profile",
        "PayloadUUID": "1",
        "PayloadVersion": 1,
        "PayloadContent": [{"PayloadType": "com.apple.wifi.managed"}],
    }
)


def plist(body: object) -> Frame:
    """A property list, as XML where that can carry it."""
    return Frame(body, _plist)


def _plist(body: object) -> bytes:
    try:
        data = write_plist(body)
    except (TypeError, ValueError):
        data = write_plist(body, binary=True)
    # A number that no writer writes, and every reader of XML reads.
    data = data.replace(f"<string>{ENDLESS}</string>".encode(), b"<integer>" + b"9" * 400 + b"</integer>")
    return len(data).to_bytes(4, "big") + data


def raw(data: bytes) -> Frame:
    """Bytes."""
    return Frame(data, _bytes)


def _bytes(data: object) -> bytes:
    if not isinstance(data, bytes):
        raise TypeError("only bytes are bytes")
    return data


def plists(*bodies: Mapping[str, Any], told: bytes = b"<plist") -> Talk:
    """A client that talks in property lists."""
    return Talk((), tuple(map(plist, bodies)), told)


def each(key: str, names: Mapping[str, object], **more: Any) -> tuple[dict[str, Any], ...]:
    """A request of every name, with the same fields."""
    return tuple({key: name, **more} for name in names)


def _call(message: afc.AfcMessage) -> Frame:
    kind = type(message)
    return Frame(tuple(vars(message).values()), lambda values: kind(*values).packet(1).encode())


AFC_FRAMES = tuple(
    map(
        _call,
        (
            afc.GetDeviceInfo(),
            afc.MakeDir("/a/b"),
            afc.FileOpen(3, "/file"),
            afc.FileWrite(1, b"data" * 20),
            afc.FileSeek(1, 0, 2),
            afc.FileTell(1),
            afc.FileRead(1, 100),
            afc.FileLock(1, 5),
            afc.FileSetSize(1, 3),
            afc.FileClose(1),
            afc.Truncate(2, "/file"),
            afc.SetFileTime(5, "/file"),
            afc.GetFileInfo("/file"),
            afc.MakeLink(2, "loop", "/loop"),
            afc.ReadDir("/loop"),
            afc.MakeLink(1, "/file", "/hard"),
            afc.RenamePath("/file", "/other"),
            afc.ReadDir("/"),
            afc.RemovePath("/other"),
            afc.RemovePathAndContents("/a"),
        ),
    )
)
AFC = Talk((), AFC_FRAMES, b"CFA6LPAA")

HOUSE_ARREST = Talk(
    (plist({"Command": "VendContainer", "Identifier": APP.bundle_id}),),
    (*map(plist, each("Command", house_arrest.MESSAGES, Identifier=APP.bundle_id)), *AFC_FRAMES),
    b"<plist",
)

INSTALLATION = plists(
    *each(
        "Command",
        installation_proxy.MESSAGES,
        PackagePath="PublicStaging/a.ipa",
        ApplicationIdentifier="com.example.none",
        ClientOptions={
            "ApplicationType": "User",
            "BundleIDs": [APP.bundle_id],
            "ReturnAttributes": ["Path", "CFBundleIdentifier"],
        },
    ),
    {"Command": "Uninstall", "ApplicationIdentifier": APP.bundle_id},
    {"Command": "Install", "PackagePath": "../.."},
)

NOTIFICATIONS = plists(
    {"Command": "ObserveNotification", "Name": "a"},
    {"Command": "ObserveNotification", "Name": "com.apple.mobile.application_installed"},
    {"Command": "PostNotification", "Name": "a"},
    {"Command": "Shutdown"},
)

DIAGNOSTICS = plists(
    *each(
        "Request",
        {name: one for name, one in diagnostics_relay.MESSAGES.items() if name != "Goodbye"},
        EntryName="AppleSmartBattery",
        EntryClass="IOPMPowerSource",
        CurrentPlane="IOService",
        MobileGestaltKeys=["ProductType", "SystemTime"],
        WaitForDisconnect=True,
    ),
    {"Request": "Goodbye"},
)

SPRINGBOARD = plists(
    *each(
        "command",
        springboardservices.MESSAGES,
        bundleId=APP.bundle_id,
        formatVersion="2",
        iconState=[
            [{"bundleIdentifier": APP.bundle_id}, APP.bundle_id],
            [{"displayName": "F", "iconLists": [["com.apple.Preferences", {"displayIdentifier": "a"}]]}],
        ],
    )
)

MOUNTER = Talk(
    (),
    (
        *map(
            plist,
            each(
                "Command",
                {one: 0 for one in mobile_image_mounter.MESSAGES if one not in ("ReceiveBytes", "Hangup")},
                ImageType="Developer",
                ImageSignature=b"signature",
                MountPath="/Developer",
                PersonalizedImageType="DeveloperDiskImage",
            ),
        ),
        Frame(
            (
                {
                    "Command": "ReceiveBytes",
                    "ImageType": "Developer",
                    "ImageSize": len(IMAGE),
                    "ImageSignature": b"s",
                },
                IMAGE,
            ),
            lambda value: _plist(value[0]) + value[1],
        ),
        plist({"Command": "MountImage", "ImageType": "Developer", "ImageSignature": b"s"}),
        plist({"Command": "Hangup"}),
    ),
    b"<plist",
)

MCINSTALL = plists(
    *each(
        "RequestType",
        mcinstall.MESSAGES,
        Payload=PROFILE,
        ProfileIdentifier=PROFILE,
        ProfileData=PROFILE,
        Purpose="PostSetupInstallation",
        CloudConfiguration={"AllowPairing": True, "SkipSetup": ["Location"]},
        PowerState=True,
    ),
    {"RequestType": "RemoveProfile", "ProfileIdentifier": "dev.harness.profile"},
    {"RequestType": "EraseDevice"},
)


def _provisioning(fields: object) -> Frame:
    """A profile for the apps of developers, in a message that installs it."""
    return Frame(
        fields,
        lambda inside: _plist({"MessageType": "Install", "Profile": signed_data(plistlib.dumps(inside))}),
    )


MISAGENT = Talk(
    (),
    (
        *map(plist, each("MessageType", misagent.MESSAGES, ProfileType="Provisioning", ProfileID="1")),
        _provisioning(
            {
                "UUID": "1",
                "ExpirationDate": datetime.datetime(2100, 1, 1),
                "ProvisionedDevices": ["00008120-000000000000AAAA"],
                "ProvisionsAllDevices": True,
                "Entitlements": {"application-identifier": f"TEAM.{APP.bundle_id}"},
            }
        ),
    ),
    b"<plist",
)

OS_TRACE = plists(
    *each(
        "Request",
        os_trace_relay.MESSAGES,
        Pid=-1,
        StreamFlags=60,
        MessageFilter=65535,
        SizeLimit=100,
        AgeLimit=3,
        StartTime=5,
    ),
    {"Request": "StartActivity", "Pid": 1},
    told=b"Request",
)

AMFI = plists(*({"action": int(number)} for number in amfi_lockdown.MESSAGES))

ASSERTIONS = plists(
    {
        "CommandKey": "CommandCreateAssertion",
        "AssertionTypeKey": "PreventUserIdleSystemSleep",
        "AssertionNameKey": "fuzz",
        "AssertionTimeoutKey": 60,
        "AssertionDetailKey": "detail",
    },
    {"CommandKey": "Other"},
)

ARBITRATION = plists(*each("command", dtdevicearbitration.MESSAGES, hostname="desk"))

SCREENSHOTR = Talk(
    (plist(["DLMessageVersionExchange", "DLVersionsOk", 300]),),
    (
        plist(["DLMessageProcessMessage", {"MessageType": "ScreenShotRequest"}]),
        plist(["DLMessageProcessMessage", {"MessageType": "ScreenShotRequest", "Other": [1, {"a": b"b"}]}]),
        plist(["DLMessageDisconnect", "___EmptyParameterString___"]),
    ),
    b"DLMessageDeviceReady",
)


def _place(value: tuple[int, str, str]) -> bytes:
    request, *texts = value
    head = struct.pack(">I", request)
    return head + b"".join(struct.pack(">I", len(text)) + text.encode() for text in texts)


LOCATION = Talk(
    (),
    (
        *(Frame((0, x, y), _place) for x, y in (("48.1", "11.5"), ("-90", "180"), ("1e1", " 3 "))),
        *(Frame((0, x, "1"), _place) for x in ("nan", "inf", "91", "1_0", "٣")),
        raw(struct.pack(">I", 1)),
    ),
    b"",
)


def _packet(body: str) -> bytes:
    data = body.encode("latin-1")
    return b"$" + data + b"#%02x" % (sum(data) & 0xFF)


DEBUGSERVER = Talk(
    (Frame("QStartNoAckMode", _packet),),
    (
        *(
            Frame(body, _packet)
            for body in (
                *("qSupported:xmlRegisters=i386", "?", "qAttached", "c", "D", "k"),
                *(
                    "vAttach;1",
                    "vAttach;ffff",
                    "vAttach;-1",
                    "vAttach;",
                    "vAttach;" + "f" * 5000,
                    "vAttach;1_0",
                ),
            )
        ),
        raw(b"\x03"),
        raw(b"$" + b"x" * 0x20010),
    ),
    b"$OK#",
)

SYSLOG = Talk((), (plist({"Request": "watch"}), raw(b"watch\n")), b"syslog_relay")
MOVER = Talk((), (raw(b"ping\0"),), b"ping\0")
HEARTBEAT = plists({"Command": "Polo"}, {"Command": "Marco"}, {"Command": "SleepyTime"})
