"""Worker, a sample app: what keeps an app running in the background, or gets it woken, beside transfers.

It asks for time, plays audio, watches a region and has tasks run, and says in its journal what came of it.
What an app commonly gets wrong is one method each: those of ``Timekeeping``, ``Scheduling`` and
``Continuing``, and here ``start_playing`` and ``listen_for_regions``.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.callbacks import Callback
from harness.model.triggers import Trigger
from harness.virtual.apps.audio import AVAudioPlayer, AVAudioSession, Category
from harness.virtual.apps.commanded import Act
from harness.virtual.apps.commands import Command
from harness.virtual.apps.continuing import Continuing
from harness.virtual.apps.location import CLCircularRegion, CLLocationManager, CLLocationManagerDelegate
from harness.virtual.apps.scheduling import Scheduling
from harness.virtual.apps.timekeeping import Timekeeping

REGION = "watched"
"""The app's name for the region that it watches."""


class Worker(Timekeeping, Scheduling, Continuing, CLLocationManagerDelegate):
    """The app.

    Attributes:
        player: what it plays by.
    """

    player: AVAudioPlayer
    _manager: CLLocationManager | None = None

    def acts(self) -> Mapping[Trigger, Act]:
        """What the app can be told to do."""
        return {
            **super().acts(),
            Trigger.PLAY_AUDIO: self.play_audio,
            Trigger.STOP_AUDIO: self.stop_audio,
            Trigger.WATCH_REGION: self.watch_region,
        }

    # What a defective variant overrides.

    def start_playing(self) -> None:
        """Play, until it is stopped."""
        self.player.play()

    def register(self) -> None:
        """Be there in every process for what it may have been launched for."""
        super().register()
        self.listen_for_regions()

    def listen_for_regions(self) -> None:
        """Have crossings told, also the one that this process was launched for."""
        self._locations()

    # What the system tells.

    def location_manager_did_enter_region(self, manager: CLLocationManager, region: CLCircularRegion) -> None:
        """Journal it."""
        self.note(Callback.REGION_ENTERED, detail={"region": region.identifier})

    def location_manager_did_exit_region(self, manager: CLLocationManager, region: CLCircularRegion) -> None:
        """Journal it."""
        self.note(Callback.REGION_EXITED, detail={"region": region.identifier})

    # Commands.

    def load(self) -> None:
        """Have a player at hand."""
        super().load()
        self.player = AVAudioPlayer()

    def play_audio(self, command: Command) -> None:
        """``play-audio``: set the audio session up, and play unless it is to be ``silent``."""
        session = AVAudioSession.shared_instance()
        session.set_category(Category.PLAYBACK)
        session.set_active(True)
        if command.args.get("silent") != "yes":
            self.start_playing()
        self.acknowledge(command, {"playing": self.player.is_playing})

    def stop_audio(self, command: Command) -> None:
        """``stop-audio``: stop playing, and let the audio session go."""
        self._fall_silent()
        self.acknowledge(command)

    def watch_region(self, command: Command) -> None:
        """``watch-region``: be told when the phone crosses a circle, whether the app runs or not."""
        latitude, longitude, radius_m = (
            float(command.args[word]) for word in ("latitude", "longitude", "radius_m")
        )
        self._locations().start_monitoring(CLCircularRegion(latitude, longitude, radius_m, REGION))
        self.acknowledge(command, {"region": REGION})

    def stop(self) -> None:
        """End what goes on by itself, and watch nothing any more."""
        super().stop()
        self._fall_silent()
        for region in self._locations().monitored_regions:
            self._locations().stop_monitoring(region)

    def _locations(self) -> CLLocationManager:
        self._manager = self._manager or CLLocationManager(self)
        return self._manager

    def _fall_silent(self) -> None:
        self.player.stop()
        AVAudioSession.shared_instance().set_active(False)
