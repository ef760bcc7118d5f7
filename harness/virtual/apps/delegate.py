"""``UIApplicationDelegate``: what an app implements, under Apple's names in snake case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.virtual.apps.controls import Control
    from harness.virtual.apps.uikit import UIApplication


class UIApplicationDelegate:
    """Base of an app's delegate; every callback does nothing unless the app overrides it.

    All run on the app's main thread. One object is made per process, so what it keeps dies with it.
    """

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        """``application(_:didFinishLaunchingWithOptions:)``: the process has started."""

    def application_did_become_active(self, application: UIApplication) -> None:
        """``applicationDidBecomeActive``: the app is in front and takes events."""

    def application_will_resign_active(self, application: UIApplication) -> None:
        """``applicationWillResignActive``: the app is about to leave the front."""

    def application_did_enter_background(self, application: UIApplication) -> None:
        """``applicationDidEnterBackground``: the app is no longer visible."""

    def application_will_enter_foreground(self, application: UIApplication) -> None:
        """``applicationWillEnterForeground``: the app is about to be visible again."""

    def application_will_terminate(self, application: UIApplication) -> None:
        """``applicationWillTerminate``: the user quits the app while it runs; never told when suspended."""

    def application_did_receive_memory_warning(self, application: UIApplication) -> None:
        """``applicationDidReceiveMemoryWarning``: memory is short, and the app should free some."""

    def application_open_url(self, application: UIApplication, url: str) -> None:
        """``application(_:open:options:)``: the app is in front, and asked to open a URL."""

    def controls(self) -> tuple[Control, ...]:
        """What the app shows that can be tapped, from top to bottom.

        Asked for by whoever draws the screen, not on the app's main thread; only what they do is app code.
        """
        return ()

    def push_registry_did_receive_incoming_push(self, application: UIApplication) -> None:
        """``pushRegistry(_:didReceiveIncomingPushWith:for:completion:)``: a VoIP push, so there is a call.

        An app that has not called ``report_new_incoming_call`` when it returns is ended.
        """

    def application_handle_events_for_background_url_session(
        self, application: UIApplication, identifier: str, completion_handler: Callable[[], None]
    ) -> None:
        """``application(_:handleEventsForBackgroundURLSession:completionHandler:)``: woken for its events."""
        # An app that does not implement this cannot call the handler; nothing waits for it then.
        completion_handler()
