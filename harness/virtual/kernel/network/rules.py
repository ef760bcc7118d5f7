"""Where each rule of the phone's network is from, and how far to trust it."""

from __future__ import annotations

from harness.virtual.kernel.network.line import HIGH_WATER_BYTES, PIECE_BYTES
from harness.virtual.kernel.network.radio_log import AIRPLANE_CHANGED, LINK_DOWN, WIFI_CHANGED
from harness.virtual.versions.row import Row, Standing

_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED

NETWORK_RULES: tuple[Row, ...] = (
    Row("wifi_first", True, "Apple's documentation of allowsCellularAccess", _DOC),
    Row("airplane_takes_wifi", True, "Apple's user guide: Wi-Fi can be put on again in airplane mode", _DOC),
    Row("stays_on_cellular", True, "no move to Wi-Fi while a connection lasts: from memory", _GUESS),
    Row("lost_interface_is_ECONNABORTED", True, "from memory", _GUESS),
    Row("lost_interface_resets_server", True, "the model's own: in life a server finds out later", _GUESS),
    Row("joins_wifi_at_once", True, "the model's own: a phone takes some seconds", _GUESS),
    Row("certificates_by_own_clock", True, "RFC 5280 §6.1: the verifier's time", _DOC),
    Row("root_of_a_profile_counts", True, "Apple's reference of com.apple.security.root", _DOC),
    Row("root_is_trusted_at_once", True, "the model's own: iOS asks in Certificate Trust Settings", _GUESS),
    Row("harness_test_is_delegated", True, "the model's own: stands for the DNS server of the Wi-Fi", _GUESS),
    Row("loss_is_silence", True, "§2.5: associated, 100 % loss, no error", _DOC),
    Row("loss_costs_its_share", True, "the model's own: TCP slows down more than that", _GUESS),
    Row("latency_is_paid_twice", True, "to connect and to ask; no slow start", _GUESS),
    Row("PIECE_BYTES", PIECE_BYTES, "the model's own", _GUESS),
    Row("HIGH_WATER_BYTES", HIGH_WATER_BYTES, "the model's own", _GUESS),
    Row("WIFI_CHANGED", WIFI_CHANGED, "§3.3: the beginning; the state's words guessed", _GUESS),
    Row("LINK_DOWN", LINK_DOWN, "§3.3: the text; when it comes guessed", _GUESS),
    Row("AIRPLANE_CHANGED", AIRPLANE_CHANGED, "§3.3: On; that Off is so too guessed", _GUESS),
)
"""Every rule. Those that are true say what the model does; no switch turns them off."""
