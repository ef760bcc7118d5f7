"""Apps: launching, ending and asking for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from harness.virtual.kernel.front.front import NoAppForURL
from harness.virtual.kernel.springboard import LaunchRefused
from harness.virtual.wda import acts
from harness.virtual.wda.call import Call, Route
from harness.virtual.wda.replies import Refusal, Trouble
from harness.virtual.wda.screen import SPRINGBOARD, AppSeen


def _launch(call: Call) -> object:
    bundle_id = call.text("bundleId")
    environment = {name: str(value) for name, value in call.fields("environment").items()}
    acts.launch(call.phone, bundle_id, call.texts("arguments"), environment)
    _expect(call, bundle_id, runs=True)


def _activate(call: Call) -> object:
    bundle_id = call.text("bundleId")
    acts.launch(call.phone, bundle_id)
    _expect(call, bundle_id, runs=True)


def _terminate(call: Call) -> object:
    bundle_id = call.text("bundleId")
    _expect(call, bundle_id, runs=False)
    return acts.terminate(call.phone, bundle_id)


def _expect(call: Call, bundle_id: str, *, runs: bool) -> None:
    if bundle_id == call.in_session.bound_to:
        call.in_session.is_expected_to_run = runs


def _state(call: Call) -> object:
    return acts.state_of(call.phone, call.text("bundleId"))


def _list(call: Call) -> object:
    app = call.screen.in_front
    return [{"pid": app.pid, "bundleId": app.bundle_id}]


def _launch_unattached(call: Call) -> object:
    """Launch an app as LSApplicationWorkspace does: as a person would (background-execution.md §2.1)."""
    bundle_id = call.text("bundleId")
    try:
        call.phone.user_launch(bundle_id)
    except LaunchRefused as refused:
        raise Refusal(Trouble.UNKNOWN_ERROR, "LSApplicationWorkspace failed to launch app") from refused


def _active_app(call: Call) -> object:
    app: AppSeen = call.screen.app_for(call.session)
    arguments = {"args": list(app.arguments), "env": dict(app.environment)}
    return {"pid": app.pid, "bundleId": app.bundle_id, "name": app.name, "processArguments": arguments}


def _deactivate(call: Call) -> Awaitable[object]:
    """Go home for so many seconds of phone time, then bring back what was in front."""
    duration_s = max(0.0, call.number("duration", 3.0))
    app = call.screen.in_front.bundle_id
    acts.go_home(call.phone)
    over: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    def come_back() -> None:
        # Who asked may have gone meanwhile.
        if not over.done():
            _bring_back(call, app, over)

    call.phone.clock.call_later(duration_s, come_back)
    return over


def _bring_back(call: Call, app: str, over: asyncio.Future[object]) -> None:
    try:
        if app != SPRINGBOARD:
            acts.launch(call.phone, app)
    except Refusal as refusal:
        over.set_exception(refusal)
    else:
        over.set_result(None)


def _open_url(call: Call) -> object:
    url, bundle_id = call.text("url"), call.optional_text("bundleId")
    try:
        call.phone.front.open_url(url, bundle_id)
    except (NoAppForURL, LaunchRefused) as error:
        raise Refusal(Trouble.UNKNOWN_ERROR, f"The URL {url} cannot be opened: {error}") from error


ROUTES: tuple[Route, ...] = (
    Route("POST", "/wda/apps/launch", _launch),
    Route("POST", "/wda/apps/activate", _activate),
    Route("POST", "/wda/apps/terminate", _terminate),
    Route("POST", "/wda/apps/state", _state),
    Route("GET", "/wda/apps/list", _list),
    Route("POST", "/wda/apps/launchUnattached", _launch_unattached, with_session=False, without_session=True),
    Route("GET", "/wda/activeAppInfo", _active_app, without_session=True),
    Route("POST", "/wda/deactivateApp", _deactivate),
    Route("POST", "/url", _open_url),
)
"""Apps."""
