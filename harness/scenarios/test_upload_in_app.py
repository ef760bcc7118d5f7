"""An upload that the app makes itself, and one that iOS makes for it, when their user leaves. S13."""

from __future__ import annotations

import pytest

from harness.api import App, Device, Origin
from harness.model.facts import Mark, TransferSeen
from harness.scenarios.downloading import RETRIED_WITHIN_S
from harness.scenarios.uploading import Upload, upload_and_leave

LONG_S = 120.0
"""How long an upload has for what takes a moment: it would be there, if anybody sent it."""


@pytest.mark.scenario("S13")
@pytest.mark.device(ios=">=15")
def test_an_upload_in_the_app_itself_stops_when_its_user_leaves(
    device: Device, app: App, origin: Origin
) -> None:
    """S13: the app is suspended and the job is not done, though nothing else stands in its way."""
    (upload,) = upload_and_leave(app, origin, "p1", kind="default")
    up = _cut_off_once(origin, upload)
    app.expect_no_relaunch(for_s=LONG_S, since=up)
    app.expect_no_fact(TransferSeen, about="the photo arrives", where=is_whole, since=up, for_s=LONG_S)


@pytest.mark.scenario("S13")
@pytest.mark.device(ios=">=15")
def test_an_upload_in_the_background_is_done_when_its_user_has_left(
    device: Device, app: App, origin: Origin
) -> None:
    """S13: what the app should do instead. It is suspended as well, and the photo arrives."""
    (upload,) = upload_and_leave(app, origin, "p1")
    up = _cut_off_once(origin, upload)
    app.expect_transfer(upload.inbox.name, requests=None, since=up, within_s=RETRIED_WITHIN_S)


def _cut_off_once(origin: Origin, upload: Upload) -> Mark:
    """Break the connection of an upload; returns the mark from which on nothing stands in its way.

    What an app has written to its socket may still arrive when the app is suspended, and a photo is small.
    So the connection goes, and whoever looks after the upload has to make another one.
    """
    origin.refuse()
    upload.inbox.release()
    return origin.listen()


def is_whole(seen: TransferSeen) -> bool:
    """Whether a receipt says that all of it came."""
    return seen.complete
