"""The catalogue: every story of background transfers and of testing them, and what telling it takes.

Numbers and stories are those of domain/catalogue.md §5. A story is one or more tests in
``harness/scenarios`` that carry its number; what an app and a phone must have for it stands here, so that
it can be said before anything is run. Stories that no test tells stand here too, each with what keeps it from
being told: a list of what is tested is worth little without the list of what is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.rungs import Rung
from harness.model.triggers import Transfer, Trigger


class Auto(StrEnum):
    """How far a story can be told by a machine."""

    YES = "on a stock iPhone by cable"
    PARTLY = "partly: the rest takes a person, or another phone"
    VIRTUAL = "on a virtual iPhone, or with an app built for it"
    NO = "not by a machine"


@dataclass(frozen=True)
class Story:
    """One story.

    Attributes:
        number: such as ``S1``.
        told: what it is about, in a line.
        auto: how far a machine can tell it.
        triggers: what its app must be able to be told.
        rungs: what its phone must offer.
        why: why it is told partly or not at all; empty where it is told whole.
        transfers: how its transfers must be made for the story to be that one, beyond a URL and an id.
    """

    number: str
    told: str
    auto: Auto
    triggers: tuple[Trigger, ...] = ()
    rungs: tuple[Rung, ...] = ()
    why: str = ""
    transfers: tuple[Transfer, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether there are tests for it."""
        return self.auto is not Auto.NO


@dataclass(frozen=True)
class Untold:
    """One story that no test tells.

    Attributes:
        number: such as ``S30``.
        about: what it is about, in a line.
        why: what keeps it from being told.
        ever: whether a machine could tell it at all.
    """

    number: str
    about: str
    why: str
    ever: bool = True


_YES, _PARTLY, _VIRTUAL, _NO = Auto
_DOWN, _UP = (Trigger.START_DOWNLOAD,), (Trigger.START_UPLOAD,)
_SCREENS = (*_UP, Trigger.OPEN_SCREEN, Trigger.CLOSE_SCREEN)

CATALOGUE: tuple[Story, ...] = (
    # Background downloads (Scheirman).
    Story("S1", "the app is ended, its download goes on, and it is relaunched and told", _YES, _DOWN),
    Story("S2", "a debugger prevents all of that", _YES, _DOWN, (Rung.DEBUGGER,)),
    Story("S3", "a URL is no key: redirects, expiring addresses, two downloads of one URL", _YES, _DOWN),
    Story("S4", "a download fails in the background", _YES, _DOWN),
    Story(
        "S5",
        "default session, no cellular: Wi-Fi goes, and the error comes at once",
        _YES,
        _DOWN,
        (Rung.WIFI,),
        transfers=(Transfer.KIND, Transfer.CELLULAR),
    ),
    Story(
        "S6",
        "background session: it waits without Wi-Fi, and goes on with it",
        _YES,
        _DOWN,
        (Rung.WIFI,),
        transfers=(Transfer.CELLULAR,),
    ),
    Story("S7", "the server is down: stuck at 0 %, and on its own when it is up", _YES, _DOWN),
    Story(
        "S8",
        "how long a download is tried again",
        _PARTLY,
        _DOWN,
        why="seven days pass only on a virtual clock",
    ),
    Story("S9", "the app is opened while its download runs", _YES, (*_DOWN, Trigger.LIST_TASKS)),
    Story(
        "S10", "an orphan: the download is done, and the app never hears of it", _YES, (*_DOWN, Trigger.PROBE)
    ),
    Story("S11", "marking a download failed after so many minutes is wrong", _YES, _DOWN),
    Story("S12", "closures are not for background sessions", _YES, (Trigger.USE_BLOCK_API,)),
    # The upload queue (Kovacevic).
    Story(
        "S13",
        "an upload in the app itself stops when the app does",
        _YES,
        _UP,
        transfers=(Transfer.KIND,),
    ),
    Story("S14", "how long beginBackgroundTask lasts", _YES, (Trigger.BEGIN_BACKGROUND_TASK,)),
    Story(
        "S15",
        "background modes keep an app running, if it makes use of them",
        _YES,
        (Trigger.PLAY_AUDIO, Trigger.STOP_AUDIO),
        why="audio; a VoIP push takes Apple's servers",
    ),
    Story("S16", "files are uploaded in the background, and the app is woken when all are done", _YES, _UP),
    Story("S17", "the multipart body in the file is well formed", _YES, _UP),
    Story("S18", "two sessions of one identifier in one process", _YES, (*_DOWN, Trigger.OPEN_SESSION)),
    Story("S19", "the old screen gets the updates, the new one none", _YES, _SCREENS),
    Story("S20", "a session keeps its delegate: screens are never let go", _YES, _SCREENS),
    Story("S21", "timeoutIntervalForRequest means nothing to a background session", _YES, _DOWN),
    Story(
        "S22",
        "uploads are tried again for seven days",
        _PARTLY,
        _UP,
        why="seven days pass only on a virtual clock",
    ),
    Story("S23", "nobody can ask iOS to try three times only", _YES, _DOWN),
    Story("S24", "woken for all results, and nothing is shown", _YES, _UP),
    Story("S25", "suspended again before a closure on the main queue has run", _YES, _UP),
    Story("S26", "the delegate is called on a queue of the session's own", _YES, _DOWN),
    Story(
        "S27",
        "power-off screen and Home: the app is ended, its uploads are not",
        _PARTLY,
        _UP,
        why="no way is known to hold the buttons of every phone; the kill of S1 stands for it",
    ),
    # Testing and debugging code running in the background (Quinn).
    Story(
        "S47",
        "works in Xcode, fails from the App Store",
        _PARTLY,
        _DOWN,
        (Rung.DEBUGGER,),
        "an App Store build is installed by a person",
    ),
    Story("S48", "fails from the Home screen", _YES, _DOWN, (Rung.HOME_SCREEN, Rung.DEBUGGER)),
    Story("S49", "attach in the background, step, detach", _YES, _DOWN, (Rung.DEBUGGER,)),
    Story("S50", "a debugged app is never suspended", _YES, (Trigger.PROBE,), (Rung.DEBUGGER,)),
    Story(
        "S51",
        "a suspended app is ended for memory",
        _PARTLY,
        _DOWN,
        (Rung.MEMORY_PRESSURE,),
        "slow and uncertain on a real phone; the kill of S1 stands for it",
    ),
    Story("S52", "a suspended app is ended to update it", _YES, _DOWN, (Rung.UPGRADE,)),
    Story(
        "S53",
        "a continued processing task runs on in the background",
        _YES,
        (Trigger.START_CONTINUED_TASK,),
        (Rung.CONTINUED_PROCESSING,),
    ),
    Story("S54", "a region resumes or relaunches the app", _YES, (Trigger.WATCH_REGION,), (Rung.LOCATION,)),
    Story(
        "S55",
        "no app has anything to do: the processor sleeps",
        _PARTLY,
        (Trigger.TICK,),
        why="that the app runs no code shows anywhere; that the processor sleeps, only without a cable",
    ),
    Story("S56", "a download ends while the app is suspended: it is resumed", _YES, _DOWN),
    Story("S57", "a download ends while the app is dead: it is relaunched", _YES, _DOWN),
    Story("S58", "run, stop, and run again from the Home screen", _YES, _DOWN, (Rung.HOME_SCREEN,)),
    Story(
        "S59",
        "TestFlight is what the App Store is",
        _PARTLY,
        _DOWN,
        (),
        "the same stories with a profile whose build a person installed from TestFlight",
    ),
    Story(
        "S60",
        "step through core logic in unit tests",
        _NO,
        why="it needs no phone: unit tests of the app's own",
    ),
    Story("S61", "log points are a feature", _YES, (Trigger.WRITE_LOG,)),
    Story(
        "S62",
        "the switcher shows what has been run: removing a dead app quits nothing",
        _YES,
        _DOWN,
        (Rung.APP_SWITCHER,),
    ),
    Story(
        "S63",
        "removing the app keeps it from being launched in the background",
        _YES,
        _DOWN,
        (Rung.APP_SWITCHER,),
    ),
    Story("S64", "until its user opens it again", _YES, _DOWN, (Rung.APP_SWITCHER,)),
    Story(
        "S65",
        "which subsystems heed that, by version",
        _PARTLY,
        (Trigger.SCHEDULE_PROCESSING, Trigger.WATCH_REGION),
        (Rung.APP_SWITCHER, Rung.LOCATION),
        "pushes take Apple's servers; a processing task takes a night",
    ),
    Story("S66", "a debug button that calls exit", _YES, (*_DOWN, Trigger.EXIT)),
    Story("S67", "Xcode's Stop is like exit", _YES, _DOWN),
    Story(
        "S68",
        "Background App Refresh off for all",
        _YES,
        (*_DOWN, Trigger.PROBE, Trigger.SCHEDULE_REFRESH),
        (Rung.SETTINGS_SCREENS,),
    ),
    Story(
        "S69",
        "Background App Refresh off for this app alone",
        _YES,
        (*_DOWN, Trigger.PROBE),
        (Rung.SETTINGS_SCREENS,),
    ),
    Story("S70", "Background App Refresh on, and on for this app", _YES, (*_DOWN, Trigger.PROBE)),
)
"""Every story, in the order of its number."""

STORIES: dict[str, Story] = {story.number: story for story in CATALOGUE}
"""Number -> story."""

NOT_TOLD: tuple[Untold, ...] = (
    # Asked in the forum.
    Untold(
        "S28",
        "a continued processing task is accepted, and never launched, on some builds of iOS 26",
        "which builds have that bug, only phones with those builds can show; S53 tells how it should be",
    ),
    Untold(
        "S29",
        "the red button of an iPad's window: is that a force quit?",
        "no iPad and no windows on the virtual phone; on a real one it takes taps on the screen",
    ),
    Untold(
        "S30",
        "a VoIP push without a call in CallKit: the app is killed",
        "a push takes Apple's servers and an entitlement; only the shell of a virtual phone can send one",
    ),
    Untold("S31", "a Network Extension wants to start its app", "extensions and their VPN are not modelled"),
    Untold(
        "S32",
        "the card of a failed task stays while the next one runs",
        "it is seen on the screen only, and nothing here reads what the system draws of a task",
    ),
    Untold(
        "S33",
        "the app is stuck for seconds after it is opened, behind a prewarming screen",
        "a prewarm cannot be forced on a real phone, and nothing here times the first frame",
    ),
    Untold(
        "S34",
        "a WebRTC data channel without sound in the background",
        "apps of the virtual phone open no sockets of their own",
    ),
    Untold(
        "S35",
        "a launch handler registered by wildcard: the app crashes when it submits",
        "no word makes an app register by wildcard",
    ),
    Untold(
        "S36",
        "a web server in the app stops half a minute after it was left",
        "apps of the virtual phone open no sockets of their own",
    ),
    Untold(
        "S37",
        "a ModelActor that fills a view",
        "it is about SwiftData and not about the background: unit tests of the app's own",
        ever=False,
    ),
    Untold(
        "S38",
        "HealthKit wakes a terminated app, and its data task is cut short",
        "HealthKit is not modelled; on a real phone another app has to write the sample",
    ),
    Untold("S39", "the same with an upload in a background session", "as S38"),
    Untold(
        "S40",
        "killed although the background task was ended in time, on a phone asleep",
        "a phone on a cable hardly sleeps, and nobody knows the rule that a model would have to follow",
    ),
    Untold(
        "S41",
        "a continued processing task that reports the progress of a background upload",
        "no sample app joins the two; S53 and S16 tell each alone",
    ),
    Untold("S42", "testing and debugging code that runs in the background", "it is told as S47 to S70"),
    Untold(
        "S43",
        "scenes, and a web view that is half there after a launch in the background",
        "scenes and web views are not modelled, and nothing here looks at what an app draws",
    ),
    Untold(
        "S44",
        "the ScreenTime API in the background: works under the debugger only",
        "it takes an entitlement that Apple grants to few",
    ),
    Untold(
        "S45",
        "silent pushes to an app in the background stop",
        "a push takes Apple's servers, and pushes are not modelled",
    ),
    Untold(
        "S46",
        "a fetch every thirty minutes",
        "iOS promises no period, so that a test can hold it to none; it takes days of looking on",
    ),
    # What a person does with a phone.
    Untold(
        "S71",
        "the app as it is used: leave the office",
        "true movement takes a person; S54 tells it with a simulated place",
    ),
    Untold(
        "S72",
        "the app as it is used: by day in a pocket, by night on the charger",
        "how iOS learns from habits is not modelled; on a real phone it takes days",
    ),
    Untold("S73", "unit tests first", "it is a rule for how a team works", ever=False),
)
"""Every story that no test tells, in the order of its number."""
