"""AVFoundation as app code sees it: the audio session, a player, a recorder."""

from __future__ import annotations

from collections.abc import Callable

from harness.virtual.kernel.background.audio import AudioSession, Category, Sound, Use
from harness.virtual.kernel.processes.process import current_process

__all__ = ["AVAudioPlayer", "AVAudioRecorder", "AVAudioSession", "Category"]


class AVAudioSession:
    """``AVAudioSession`` of the process whose code is running.

    Args:
        session: the phone's side of it.
    """

    def __init__(self, session: AudioSession) -> None:
        self._session = session

    @staticmethod
    def shared_instance() -> AVAudioSession:
        """``AVAudioSession.sharedInstance()``."""
        return AVAudioSession(_session())

    @property
    def category(self) -> Category:
        """``category``."""
        return self._session.category

    def set_category(self, category: Category) -> None:
        """``setCategory(_:)``."""
        self._session.set_category(category)

    def set_active(self, active: bool) -> None:
        """``setActive(_:)``; deactivating stops every sound. It keeps nobody running by itself."""
        self._session.set_active(active)


class AVAudioPlayer:
    """``AVAudioPlayer`` with a sound that nobody hears.

    Args:
        lasts_s: how long it plays, phone time; ``None`` for one that loops for ever.
        did_finish_playing: ``audioPlayerDidFinishPlaying``: called on the main thread at its end.
    """

    def __init__(
        self, lasts_s: float | None = None, did_finish_playing: Callable[[], None] | None = None
    ) -> None:
        self._lasts_s = lasts_s
        self._did_finish_playing = did_finish_playing
        self._sound: Sound | None = None

    @property
    def is_playing(self) -> bool:
        """``isPlaying``."""
        return self._sound is not None and self._sound.runs

    def play(self) -> bool:
        """``play()``; one that plays already is no error."""
        if not self.is_playing:
            session = _session()
            self._sound = session.start(Use.PLAYING, lasts_s=self._lasts_s, on_end=self._did_finish_playing)
        return True

    def stop(self) -> None:
        """``stop()``; one that does not play is no error."""
        if self._sound is not None:
            self._sound.stop()


class AVAudioRecorder:
    """``AVAudioRecorder`` with a microphone that hears nothing."""

    def __init__(self) -> None:
        self._sound: Sound | None = None

    @property
    def is_recording(self) -> bool:
        """``isRecording``."""
        return self._sound is not None and self._sound.runs

    def record(self) -> bool:
        """``record()``; false when the app is in the background, where no recording is begun."""
        if not self.is_recording:
            self._sound = _session().start(Use.RECORDING)
        return self.is_recording

    def stop(self) -> None:
        """``stop()``; one that does not record is no error."""
        if self._sound is not None:
            self._sound.stop()


def _session() -> AudioSession:
    process = current_process()
    return process.phone.audio.session_of(process)
