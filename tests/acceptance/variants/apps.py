"""Every app the stories are told with beside the sample apps, each of which gets one thing wrong.

A rack is served this file (``--apps``). A variant's bundle identifier is that of its sample app, a dot,
and its name here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.virtual.apps.sample import DOWNLOADER, UPLOADER, WORKER
from harness.virtual.kernel.installed import AppBundle
from tests.acceptance.variants import hearing, making, uploads, working
from tests.acceptance.variants.hand import HAND
from tests.acceptance.variants.variant import Variant, downloader, uploader, worker

CORRECT: Mapping[str, AppBundle] = {
    "correct": DOWNLOADER,
    "correct-uploader": UPLOADER,
    "correct-worker": WORKER,
}
"""Name -> a sample app, which does everything right."""

# fmt: off
VARIANTS: Mapping[str, Variant] = {
    # How it hears of what became of its downloads.
    "forgetful": downloader(hearing.Forgetful, "never opens the session again", "S1", "S10", "S57", "S67"),
    "mistaken": downloader(hearing.Mistaken, "opens it under another identifier", "S1", "S10", "S57"),
    "invalidating": downloader(hearing.Invalidating, "opens it for nobody", "S1", "S10", "S57"),
    "ungrateful": downloader(
        hearing.Ungrateful, "never calls the completion handler", "S1", "S10", "S48", "S56", "S57", "S58",
        "S70",
    ),
    "confused": downloader(
        hearing.Confused, "takes every callback for another session's", "S1", "S3", "S9", "S10", "S56"
    ),
    "by-url": downloader(hearing.ByUrl, "takes the URL for the key of a download", "S3"),
    "crashing": downloader(
        hearing.Crashing, "crashes when it is told that a file has come", "S1", "S9", "S10", "S52", "S56"
    ),
    "trusting": downloader(hearing.Trusting, "takes a 404 for the file", "S4"),
    "doubled": downloader(hearing.Doubled, "makes a second session object of one identifier", "S18"),
    "on-main": downloader(hearing.OnMain, "has its delegate called on the main queue", "S26"),
    "main-only": downloader(hearing.MainOnly, "crashes when told on another thread than the main one", "S26"),
    "unreasoning": downloader(hearing.Unreasoning, "does not look at why a task was cancelled", "S63"),
    "restarting": downloader(hearing.Restarting, "starts again what its user put an end to", "S63"),
    # How it makes its downloads, and what it does meanwhile.
    "in-app": downloader(
        making.InApp, "downloads in a session that ends with the app", "S1", "S6", "S7", "S51", "S57"
    ),
    "short-lived": downloader(making.ShortLived, "gives iOS one minute for a download", "S6", "S7", "S8"),
    "waiting": downloader(making.Waiting, "lets also a default session wait for a network", "S5"),
    "roaming": downloader(making.Roaming, "uses cellular, whatever it was told", "S5", "S6"),
    "unwoken": downloader(making.Unwoken, "asks not to be woken", "S1", "S10", "S56", "S57", "S64", "S70"),
    "eager": downloader(making.Eager, "starts a download again when it is opened", "S9"),
    "impatient": downloader(making.Impatient, "marks a download failed after 90 s", "S11"),
    "timing-out": downloader(making.TimingOut, "cancels when the request timeout has passed", "S7", "S21"),
    "three-tries": downloader(making.ThreeTries, "cancels when three tries should be over", "S23"),
    "closures": downloader(making.Closures, "downloads with a completion closure", "S12"),
    "swallowing": downloader(making.Swallowing, "catches what Foundation raises", "S12"),
    "refusing": downloader(
        making.Refusing, "does not download when Background App Refresh is off", "S68", "S69"
    ),
    "tidy": downloader(making.Tidy, "cancels its downloads before it ends itself", "S66"),
    "restless": downloader(making.Restless, "never gives back the time it asks for", "S50", "S56"),
    # Uploads.
    "naive": uploader(making.InApp, "uploads in a session that ends with the app", "S13", "S16"),
    "forgetful-uploader": uploader(
        hearing.Forgetful, "never opens the session again", "S16", "S24", "S25", "S27"
    ),
    "ungrateful-uploader": uploader(hearing.Ungrateful, "never calls the completion handler", "S16", "S24"),
    "first-only": uploader(uploads.FirstOnly, "hears out the first task of a wake only", "S16", "S24"),
    "early": uploader(uploads.Early, "calls the completion handler after the first task", "S16"),
    "presenting": uploader(hearing.Presenting, "comes to the front when it is woken", "S24"),
    "careless": uploader(uploads.Careless, "removes the body before the upload has ended", "S16", "S17"),
    "malformed": uploader(uploads.Malformed, "separates the parts by another boundary than it says", "S17"),
    "first-screen": uploader(uploads.FirstScreen, "goes on telling the first screen", "S19", "S20"),
    "screen-sessions": uploader(
        uploads.ScreenSessions, "has every screen make the session anew", "S19", "S20"
    ),
    "leaking": uploader(uploads.Leaking, "never invalidates what keeps its screens", "S20"),
    "brief": uploader(making.ShortLived, "gives iOS one minute for an upload", "S22"),
    "hasty": uploader(uploads.Hasty, "goes to the main queue without asking for time", "S25"),
    # Whatever else runs it in the background.
    "overstaying": worker(working.Overstaying, "never ends its background task", "S14"),
    "deaf": worker(working.Deaf, "does not listen for the end of its time", "S14"),
    "late": worker(working.Late, "ends its background task too late", "S14"),
    "silent": worker(working.Silent, "has its audio session active and plays nothing", "S15"),
    "humming": worker(working.Humming, "plays silence so as never to be suspended", "S15", "S55"),
    "only-in-front": worker(working.OnlyInFront, "listens for regions only when it was opened", "S54", "S65"),
    "unreporting": worker(working.Unreporting, "reports no progress of its continued task", "S53"),
    "secretive": worker(working.Secretive, "logs everything private", "S61"),
}
# fmt: on
"""Name -> an app that does one thing wrong."""


def bundle_id_of(name: str) -> str:
    """The bundle identifier of a variant, or of a sample app.

    Raises:
        KeyError: there is none of that name.
    """
    return CORRECT[name].bundle_id if name in CORRECT else bundle_of(name, VARIANTS[name]).bundle_id


def bundle_of(name: str, variant: Variant) -> AppBundle:
    """What is installed of a variant: all that its sample app may do, and the mistake."""
    return replace(
        variant.base,
        bundle_id=f"{variant.base.bundle_id}.{name}",
        name=name.title(),
        executable=f"{variant.base.executable}-{name}",
        delegate=variant.app,
        file_sharing=False,
    )


APPS = (*(bundle_of(name, variant) for name, variant in VARIANTS.items()), HAND)
"""What is installed."""
