"""What a computer may change about a phone through lockdown, and that the phone then keeps.

A value is found by domain and key, as lockdown names them; the root domain has the empty name.
Source of the keys and their types: what public clients set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.virtual.kernel.subscription import Subscribers, Subscription

ROOT = ""
WIRELESS = "com.apple.mobile.wireless_lockdown"
INTERNATIONAL = "com.apple.international"
ACCESSIBILITY = "com.apple.Accessibility"

LANGUAGE = "Language"
WIFI_CONNECTIONS = "EnableWifiConnections"

Value = str | int | bool


@dataclass(frozen=True)
class PreferenceRow:
    """One value that may be changed.

    Attributes:
        domain: lockdown's domain.
        key: lockdown's key.
        default: what it is on a phone out of the box; ``None`` for not there at all.
        kind: type a new value has to have; a truth value and a number stand for each other.
        source: what sets it.
        posted: the Darwin notification that goes with a change, or an empty text.
        restarts_springboard: whether SpringBoard starts anew after a change.
    """

    domain: str
    key: str
    default: Value | None
    kind: type[str] | type[bool] | type[int]
    source: str
    posted: str = ""
    restarts_springboard: bool = False


_LOCKDOWN = "com.apple.mobile.lockdown"

ROWS: tuple[PreferenceRow, ...] = (
    # Its default is the phone's own name.
    PreferenceRow(
        ROOT, "DeviceName", None, str, "idevicename, pymobiledevice3", f"{_LOCKDOWN}.device_name_changed"
    ),
    PreferenceRow(ROOT, "TimeZone", "UTC", str, "pymobiledevice3, go-ios", f"{_LOCKDOWN}.timezone_changed"),
    PreferenceRow(ROOT, "Uses24HourClock", True, bool, "go-ios timeformat, pymobiledevice3"),
    PreferenceRow(
        INTERNATIONAL, LANGUAGE, "en", str, "go-ios lang, pymobiledevice3", restarts_springboard=True
    ),
    PreferenceRow(INTERNATIONAL, "Locale", "en_US", str, "go-ios lang, pymobiledevice3"),
    # That a new phone allows them is guessed; a computer that paired with it usually has.
    PreferenceRow(WIRELESS, WIFI_CONNECTIONS, True, bool, "pymobiledevice3 wifi-connections"),
    PreferenceRow(ACCESSIBILITY, "AssistiveTouchEnabledByiTunes", 0, int, "go-ios assistivetouch"),
    PreferenceRow(ACCESSIBILITY, "VoiceOverTouchEnabledByiTunes", 0, int, "go-ios voiceover"),
    PreferenceRow(ACCESSIBILITY, "ZoomTouchEnabledByiTunes", 0, int, "go-ios zoom"),
    PreferenceRow(ACCESSIBILITY, "InvertDisplayEnabledByiTunes", 0, int, "pymobiledevice3"),
)
"""Every value that may be changed; others are prohibited."""

_BY_NAME: dict[tuple[str, str], PreferenceRow] = {(row.domain, row.key): row for row in ROWS}


def preference(domain: str, key: str) -> PreferenceRow | None:
    """The row of a value, or ``None`` when it may not be changed."""
    return _BY_NAME.get((domain, key))


class Preferences:
    """The changeable values of one phone.

    Args:
        name: the phone's name until it is given another.
        language: what it speaks until it is told another; an ISO 639 code.
    """

    def __init__(self, name: str, language: str = "en") -> None:
        self._defaults = {at: row.default for at, row in _BY_NAME.items() if row.default is not None}
        self._defaults[ROOT, "DeviceName"] = name
        self._defaults[INTERNATIONAL, LANGUAGE] = language
        self._changed: dict[tuple[str, str], Value] = {}
        self._observers: Subscribers[PreferenceRow] = Subscribers()

    @property
    def device_name(self) -> str:
        """The phone's name, as its user or a computer has given it."""
        return str(self.value(ROOT, "DeviceName"))

    @property
    def language(self) -> str:
        """What the phone speaks: the ISO 639 code of its language, without a script or region."""
        return str(self.value(INTERNATIONAL, LANGUAGE)).partition("-")[0]

    def speak(self, language: str) -> None:
        """Have the phone speak another language, as its user or a computer does."""
        self.set(_BY_NAME[INTERNATIONAL, LANGUAGE], language)

    @property
    def wifi_connections(self) -> bool:
        """Whether computers may reach the phone over Wi-Fi."""
        return bool(self.value(WIRELESS, WIFI_CONNECTIONS))

    def value(self, domain: str, key: str) -> Value | None:
        """A value, or ``None`` when it is not there."""
        return self._changed.get((domain, key), self._defaults.get((domain, key)))

    def domain(self, domain: str) -> dict[str, Value]:
        """Key -> value of one domain."""
        return {at[1]: value for at, value in (self._defaults | self._changed).items() if at[0] == domain}

    def set(self, row: PreferenceRow, value: Value) -> None:
        """Change a value, for good."""
        self._changed[row.domain, row.key] = row.kind(value)
        self._observers.tell(row)

    def reset(self, row: PreferenceRow) -> None:
        """Forget that a value was ever changed."""
        self._changed.pop((row.domain, row.key), None)
        self._observers.tell(row)

    def observe(self, callback: Callable[[PreferenceRow], None]) -> Subscription:
        """Tell ``callback`` after every later change which value it was."""
        return self._observers.add(callback)
