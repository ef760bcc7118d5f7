"""What a person, or chance, can do to a phone."""

from __future__ import annotations

from harness.virtual.faults.target import Target, Told, Verb
from harness.virtual.faults.words import Argument, FaultRefused, Given, Kind
from harness.virtual.kernel.conditions import Thermal
from harness.virtual.kernel.processes.policies import Policy

_BUNDLE = (Argument("bundle", Kind.BUNDLE),)
_SWITCH = (Argument("switch", Kind.SWITCH),)

PHONE_VERBS: tuple[Verb, ...] = (
    Verb("lock", "Lock the phone; what is in front leaves it.", lambda on, _: on.phone.lock()),
    Verb("unlock", "Unlock the phone, with its passcode if it has one.", lambda on, _: on.phone.unlock()),
    Verb(
        "passcode",
        "Give the phone a passcode; without one, take its passcode away.",
        lambda on, given: _set_passcode(on, given),
        (Argument("code", required=False),),
    ),
    Verb(
        "developer-mode",
        "Turn Developer Mode on or off; the restart that a phone makes for it is not made.",
        lambda on, given: on.phone.conditions.turn_developer_mode(bool(given.switch("switch"))),
        _SWITCH,
    ),
    Verb(
        "untrust",
        "Have the phone trust no host any more, and ask before it trusts one.",
        lambda on, _: on.end.trust.untrust(),
    ),
    Verb("tap trust", "Tap Trust, when a host has asked.", lambda on, _: on.end.trust.tap_trust()),
    Verb("tap dont-trust", "Tap Don't Trust.", lambda on, _: on.end.trust.tap_dont_trust()),
    Verb("mount-image", "Mount the developer disk image.", lambda on, _: _mount_image(on)),
    Verb("unmount-image", "Unmount it.", lambda on, _: on.phone.conditions.unmount_image()),
    Verb(
        "battery",
        "Set the charge, whether the battery is fed, and how warm it is; what is not said stays.",
        lambda on, given: _set_battery(on, given),
        (
            Argument("percent", Kind.COUNT, most=100),
            Argument("power", Kind.SWITCH, required=False),
            Argument("temperature_c", Kind.COUNT, required=False, most=100),
        ),
    ),
    Verb(
        "heat",
        "Make the phone that hot.",
        lambda on, given: on.phone.conditions.heat(Thermal(given.text("thermal"))),
        (Argument("thermal", Kind.WORD, words=tuple(Thermal)),),
    ),
    Verb("reboot", "Restart the phone; one with a passcode comes up locked.", lambda on, _: _reboot(on)),
    Verb("power-off", "Switch the phone off; it stays so.", lambda on, _: on.phone.shut_down()),
    Verb(
        "power-on", "Press the button of a phone that is off, which then boots.", lambda on, _: _switch_on(on)
    ),
    Verb(
        "join-network",
        "Have the phone on this host's Wi-Fi too, where usbmuxd lists it a second time.",
        lambda on, _: on.rack.join_network(on.end.udid),
    ),
    Verb("leave-network", "Take it off this host's Wi-Fi.", lambda on, _: on.rack.leave_network(on.end.udid)),
    Verb("sleep", "Put the phone to sleep, locked.", lambda on, _: on.phone.go_to_sleep()),
    Verb("wake", "Wake the phone.", lambda on, _: on.phone.conditions.wake_up()),
    Verb(
        "jetsam",
        "End an app to free memory, as the system does.",
        lambda on, given: on.phone.jetsam(on.pid_of(given.text("bundle"))),
        _BUNDLE,
    ),
    Verb(
        "end",
        "End an app for a reason of the system's own.",
        lambda on, given: on.phone.end_for(on.pid_of(given.text("bundle")), Policy(given.text("why"))),
        (*_BUNDLE, Argument("why", Kind.WORD, words=tuple(Policy))),
    ),
    Verb(
        "voip-push",
        "Deliver a VoIP push to an app, which must report a call for it.",
        lambda on, given: on.phone.deliver_voip_push(given.text("bundle")),
        _BUNDLE,
    ),
    Verb(
        "force-quit",
        "Swipe an app out of the app switcher.",
        lambda on, given: on.phone.force_quit(given.text("bundle")),
        _BUNDLE,
    ),
    Verb(
        "terminate",
        "End an app as UI automation does.",
        lambda on, given: on.phone.terminate_for_automation(given.text("bundle")),
        _BUNDLE,
    ),
    Verb(
        "tap",
        "Open an app as a person does.",
        lambda on, given: {"pid": on.phone.user_launch(given.text("bundle"))},
        _BUNDLE,
    ),
    Verb("home", "Go to the home screen.", lambda on, _: on.phone.press_home()),
    Verb(
        "press",
        "Press a button; the side button sends a phone to sleep locked, or wakes it.",
        lambda on, given: _press(on, given.text("button")),
        (Argument("button", Kind.WORD, words=("home", "side")),),
    ),
)
"""By what is written first."""


def _set_passcode(on: Target, given: Given) -> None:
    on.phone.conditions.passcode = given.text("code") or None


def _mount_image(on: Target) -> None:
    if not on.phone.conditions.is_up:
        what = "it is down, and comes up without an image"
        raise FaultRefused(what, phone=on.name, fix="Wait until show says that it is up")
    on.phone.conditions.mount_image()


def _set_battery(on: Target, given: Given) -> None:
    warmth_c = float(given.count("temperature_c")) if "temperature_c" in given.values else None
    on.phone.conditions.set_battery(
        given.count("percent"), external_power=given.switch("power"), temperature_c=warmth_c
    )


def _reboot(on: Target) -> Told:
    # A restart is the known cure of a wedged instruments server.
    on.phone.service_faults.unwedge()
    on.phone.reboot()
    return {"back_after_s": on.phone.rules.boot_s}


def _switch_on(on: Target) -> Told:
    if not on.phone.is_off:
        raise FaultRefused("it is not switched off", phone=on.name, fix="Switch it off: power-off")
    # As a restart does.
    on.phone.service_faults.unwedge()
    on.phone.switch_on()
    return {"back_after_s": on.phone.rules.boot_s}


def _press(on: Target, button: str) -> None:
    if button == "home":
        on.phone.press_home()
    elif on.phone.conditions.asleep:
        on.phone.conditions.wake_up()
    else:
        on.phone.go_to_sleep()
