"""The table of faults: everything that can be done to a phone of a rack."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.identity import Connection
from harness.virtual.faults.cable_verbs import CABLE_VERBS
from harness.virtual.faults.log_verbs import LOG_VERBS
from harness.virtual.faults.phone_verbs import PHONE_VERBS
from harness.virtual.faults.screen_verbs import SCREEN_VERBS
from harness.virtual.faults.service_verbs import SERVICE_VERBS, service_names
from harness.virtual.faults.setting_verbs import SETTING_VERBS
from harness.virtual.faults.target import Target, Told, Verb
from harness.virtual.faults.upkeep_verbs import UPKEEP_VERBS
from harness.virtual.faults.words import Grammar, usage

_ABOUT: tuple[Verb, ...] = (
    Verb("help", "List the verbs.", lambda _on, _given: told_help()),
    Verb("show", "Say what is broken about the phone, and how it is.", lambda on, _: _show(on)),
    Verb("apps", "List the apps on the phone.", lambda on, _: {"apps": [a.bundle_id for a in on.phone.apps]}),
    Verb("services", "List the services that can be refused.", lambda _on, _: {"services": service_names()}),
    Verb("asked", "Count what clients asked, of every phone and of usbmuxd.", lambda on, _: _asked(on)),
    Verb(
        "mend",
        "Take back every fault of cable, log, services and test runner, and what waits; plug it in.",
        lambda on, _: _mend(on),
    ),
)

VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        *CABLE_VERBS,
        *LOG_VERBS,
        *SERVICE_VERBS,
        *PHONE_VERBS,
        *SETTING_VERBS,
        *SCREEN_VERBS,
        *UPKEEP_VERBS,
        *_ABOUT,
    )
}
"""Name -> what it takes and does."""

GRAMMAR: Grammar = {name: verb.arguments for name, verb in VERBS.items()}
"""Name -> what it takes."""

WITHOUT_PHONE = frozenset({"asked", "help", "services"})
"""What is asked of no phone in particular."""


def told_help() -> Told:
    """Every verb with its arguments and its line of help."""
    return {"verbs": [{"usage": usage(name, GRAMMAR), "help": verb.help} for name, verb in VERBS.items()]}


def _show(on: Target) -> Told:
    phone, faults, conditions = on.phone, on.phone.service_faults, on.phone.conditions
    front = phone.springboard.front
    return {
        "phone": on.name,
        "plugged_in": on.is_plugged_in,
        "stalled": on.end.cable.stalled,
        "on_network": on.rack.mux.is_attached(on.end.udid, Connection.NETWORK),
        "up": conditions.is_up,
        "trust_dialog": on.end.trust.dialog.value,
        "locked": phone.locked,
        "asleep": conditions.asleep,
        "developer_mode": conditions.developer_mode,
        "image_mounted": conditions.image_mounted,
        "wifi_on": conditions.wifi_on,
        "airplane": conditions.airplane,
        "leaves_by": phone.network.route(allows_cellular=True),
        "background_refresh": phone.settings.background_refresh.value,
        "low_power": phone.settings.low_power,
        "battery_percent": conditions.battery.percent,
        "free_bytes": phone.storage.free_bytes,
        "clock_set_forward_s": phone.clock.set_forward_s,
        "thermal": conditions.thermal.value,
        "front": front.bundle_id if front is not None else None,
        "refused": faults.refused,
        "instruments_wedged": faults.instruments_wedged,
        "log": {
            "stalled": faults.log.stalled,
            "drop_every": faults.log.drop_every,
            "truncate_bytes": faults.log.truncate_bytes,
            "redacted": phone.log.redacted,
        },
    }


def _asked(on: Target) -> Told:
    return {"asked": {str(question): count for question, count in on.rack.asked().items()}}


def _mend(on: Target) -> None:
    on.phone.service_faults.mend()
    on.end.cable.forget_marks()
    on.end.cable.resume()
    if not on.is_plugged_in:
        on.rack.plug_in(on.end.udid)
