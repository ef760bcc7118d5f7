"""What came, or went, with an iOS version: one row each. Data only.

Services are in the table of services, figures and words in ``table``; here is what else an iOS has or not.
Sources named §n are sections of virtual-iphone.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.virtual.versions.row import Standing, parts

_SEEN = Standing.CAPTURED
_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED


@dataclass(frozen=True)
class Presence:
    """Something that some versions have.

    Attributes:
        key: what.
        source: where it is from that these versions have it.
        standing: how far to trust it.
        first: first version that has it, as numbers.
        last: last major version that has it; ``None`` when it is still there.
    """

    key: str
    source: str
    standing: Standing
    first: tuple[int, ...] = (1,)
    last: int | None = None

    def holds_for(self, ios: str) -> bool:
        """Whether a version has it.

        Raises:
            ValueError: ``ios`` is no version.
        """
        version = parts(ios)
        return self.first <= version and (self.last is None or version[0] <= self.last)


RSD = Presence("RSD", "§1; peer info of an iPhone with iOS 17.0 beta", _SEEN, (17,))

TUNNEL = Presence(
    "com.apple.internal.devicecompute.CoreDeviceProxy",
    "§1; refused on 17.0 and served on 17.4 in public issue threads of idevice and pymobiledevice3",
    _SEEN,
    (17, 4),
)

DEVELOPER_MODE = Presence("Developer Mode", "Apple's documentation of Developer Mode", _DOC, (16,))

PERSONALIZED_IMAGE = Presence("personalized developer disk image", "public clients", _DOC, (17,))

GESTALT_DEPRECATED = Presence(
    "MobileGestaltDeprecated", "error tables of pymobiledevice3 and go-ios", _DOC, (17, 4)
)

MOUNTER_HANGS_UP = Presence(
    "mobile_image_mounter ends the connection at an unknown command",
    "seen by pymobiledevice3 on 12.5.7; that it went with iOS 14 is guessed",
    _GUESS,
    last=13,
)

MOUNTER_COMMANDS: tuple[Presence, ...] = (
    Presence("CopyDevices", "pymobiledevice3, which falls back to LookupImage", _DOC, (14,)),
    Presence("UnmountImage", "pymobiledevice3, which says so", _DOC, (14,)),
    Presence("QueryDeveloperModeStatus", "it came with Developer Mode", _DOC, (16,)),
    Presence("QueryNonce", "public clients; that it came with iOS 17 is guessed", _GUESS, (17,)),
    Presence(
        "RollPersonalizationNonce", "public clients; that it came with iOS 17 is guessed", _GUESS, (17,)
    ),
    Presence("RollCryptexNonce", "public clients; that it came with iOS 17 is guessed", _GUESS, (17,)),
    Presence(
        "QueryPersonalizationIdentifiers",
        "public clients; that it came with iOS 17 is guessed",
        _GUESS,
        (17,),
    ),
    Presence(
        "QueryPersonalizationManifest", "public clients; that it came with iOS 17 is guessed", _GUESS, (17,)
    ),
)
"""Commands of mobile_image_mounter that not every version knows."""

STREAMED_APPS = Presence(
    "com.apple.coredevice.feature.streamapplist",
    "pymobiledevice3: where it is there, the list in one answer never comes",
    _DOC,
    (26,),
)

STREAMED_PROCESSES = Presence(
    "com.apple.coredevice.feature.streamprocesslist", "pymobiledevice3, which finds it on 26", _DOC, (26,)
)

ROWS: tuple[Presence, ...] = (
    RSD,
    TUNNEL,
    DEVELOPER_MODE,
    PERSONALIZED_IMAGE,
    GESTALT_DEPRECATED,
    MOUNTER_HANGS_UP,
    *MOUNTER_COMMANDS,
    STREAMED_APPS,
    STREAMED_PROCESSES,
)
"""Every row."""
