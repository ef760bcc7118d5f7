"""Rules of the screen: what a finger, a voice or a link leads to, per iOS version.

Sources named §n are sections of background-execution.md.
"""

from __future__ import annotations

from harness.virtual.versions.row import Row, Standing, Value

_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED

MODELS_WITH_HOME_BUTTON = (
    "iPhone8,1 iPhone8,2 iPhone8,4 iPhone9,1 iPhone9,2 iPhone9,3 iPhone9,4 "
    "iPhone10,1 iPhone10,2 iPhone10,4 iPhone10,5 iPhone12,8 iPhone14,6"
)
"""Product types; every other phone has a bar to swipe up from instead."""

DOUBLE_PRESS_S = 5.0
"""Phone seconds between two presses of the home button that open the app switcher.

Fingers take 0.3 to 0.5 s. A client takes longer: the clock stands while each of its requests is in work and
runs in between, ten times as fast as its host's by default, so that this is half a second of a busy host.
"""

HOME_BUTTON: tuple[Row, ...] = (
    Row("MODELS_WITH_HOME_BUTTON", MODELS_WITH_HOME_BUTTON, "Apple's list of iPhone models", _DOC),
    Row("DOUBLE_PRESS_S", DOUBLE_PRESS_S, "the model's own, for clients: fingers take 0.3 to 0.5 s", _GUESS),
    Row("first_press_goes_home", True, "the model's own: in life a phone waits for the second", _GUESS),
)

CARDS: tuple[Row, ...] = (
    Row("card_outlives_process", True, "§2.4: the history still shows an app that was killed", _DOC),
    Row("card_outlives_boot", True, "§1.6, S62: apps that have been run, not that run", _DOC),
    Row("newest_card_first", True, "Apple's user guide", _DOC),
    Row("background_launch_adds_no_card", True, "from memory", _GUESS),
    Row("newest_card_in_the_middle", True, "the model's own: in life it depends", _GUESS),
    Row("last_card_closes_switcher", True, "from memory: the home screen comes to the front", _GUESS),
    Row("covered_app_is_inactive", True, "Apple's documentation of applicationWillResignActive", _DOC),
)

LINKS: tuple[Row, ...] = (
    Row("SETTINGS_SCHEMES", "App-prefs", "§2.6: up to 17 App-prefs:", _DOC, last=17),
    Row("SETTINGS_SCHEMES", "App-prefs prefs", "§2.6 names prefs: of 26 only", _GUESS, first=18, last=25),
    Row(
        "SETTINGS_SCHEMES",
        "App-prefs prefs settings-navigation",
        "§2.6: a list of URLs of 26; that App-prefs: still works is guessed",
        _DOC,
        first=26,
    ),
    Row("settings_links_open_panes", True, "§2.6: App-prefs:General&path=…", _DOC, last=17),
    Row("settings_links_open_panes", False, "§2.6: one report of 18: only the root", _DOC, first=18, last=25),
    Row("settings_links_open_panes", True, "§2.6: listed as working on 26", _DOC, first=26),
    Row("apps_have_page_of_their_own", False, "§2.6: panes of apps at the root", _DOC, last=17),
    Row("apps_have_page_of_their_own", True, "§2.6: under Settings, Apps", _DOC, first=18),
    Row("unknown_pane_opens_root", True, "from memory", _GUESS),
    Row("app_is_active_when_told_of_link", True, "the model's own: in life just before", _GUESS),
    Row("settings_starts_at_root", True, "a Settings that was ended; restoration is not modelled", _GUESS),
)

OVERLAYS: tuple[Row, ...] = (
    Row("newest_alert_on_top", True, "from memory", _GUESS),
    Row("alerts_end_with_boot", True, "nobody is there any more who showed them", _GUESS),
    Row("automation_asks_passcode", True, "issue threads of XCTest users, from 14 on", _GUESS),
    Row("runner_is_never_suspended", True, "clients that launch it so go on talking to it", _GUESS),
    Row("notification_stays_until_tapped", True, "from memory: opening the app otherwise leaves it", _GUESS),
    Row("notification_lights_screen", True, "from memory; that it goes dark again is not modelled", _GUESS),
    Row("home_closes_notification_centre", True, "from memory: what was below is there again", _GUESS),
    Row("notification_outlives_boot", True, "from memory: Notification Centre keeps them", _GUESS),
    Row("siri_needs_network", True, "§2.5: Siri and network and language", _DOC),
    Row(
        "siri_needs_unlocked", True, "from memory: it asks for the passcode before it changes radios", _GUESS
    ),
)

FRONT_RULES: tuple[Row, ...] = (*HOME_BUTTON, *CARDS, *LINKS, *OVERLAYS)
"""Every rule. Those that are true for every version say what the model does; no switch turns them off."""


def rule(key: str, major: int) -> Value:
    """The value of a rule on an iOS major version.

    Raises:
        KeyError: the version has no row for it.
    """
    for row in FRONT_RULES:
        if row.key == key and row.holds_for(major):
            return row.value
    raise KeyError(f"iOS {major} has no row for {key}")
