"""mediaserverd: sound, and the assertion that goes with it.

Theory. An app goes on running in the background for as long as it makes sound there, if all of this holds:
its bundle declares the background mode ``audio``, the category of its audio session goes on in the
background, the session is active, and something really plays or records. An active session alone keeps
nobody running, nor does the declared mode (background-execution.md §1.3, catalogue S15). An app that may
not go on is suspended as any other, and its sound with it; it does not resume by itself.

Which categories go on is Apple's documentation of ``AVAudioSession.Category``. That a recording is not
begun in the background is from memory.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.model.states import AppState
from harness.virtual.kernel.clock import Timer
from harness.virtual.kernel.processes.assertion import Assertion
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.rules import AssertionKind
from harness.virtual.versions.row import Row, Standing

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

BACKGROUND_MODE = "audio"
"""What ``UIBackgroundModes`` has to contain."""


class Category(StrEnum):
    """``AVAudioSession.Category``."""

    AMBIENT = "ambient"
    SOLO_AMBIENT = "soloAmbient"
    PLAYBACK = "playback"
    RECORD = "record"
    PLAY_AND_RECORD = "playAndRecord"


class Use(StrEnum):
    """What a sound is."""

    PLAYING = "playing"
    RECORDING = "recording"


GOES_ON: dict[Use, frozenset[Category]] = {
    Use.PLAYING: frozenset({Category.PLAYBACK, Category.PLAY_AND_RECORD}),
    Use.RECORDING: frozenset({Category.RECORD, Category.PLAY_AND_RECORD}),
}
"""Use -> the categories in which it goes on in the background."""

AUDIO_RULES: tuple[Row, ...] = (
    *(
        Row(f"{use} goes on in", " ".join(sorted(categories)), "AVAudioSession.Category", Standing.DOCUMENTED)
        for use, categories in GOES_ON.items()
    ),
    Row("only while something sounds", True, "Apple's guide to background audio; S15", Standing.DOCUMENTED),
    Row("no recording is begun in the background", True, "from memory", Standing.GUESSED),
    Row("sound that may not go on does not resume", True, "from memory", Standing.GUESSED),
)
"""Every rule of the theory above, where it is from and how far to trust it."""


class Sound:
    """Something that plays or records until it is stopped, is over, or its process may not run.

    Attributes:
        use: which.
    """

    def __init__(self, use: Use, on_stop: Callable[[Sound], None]) -> None:
        self.use = use
        self.ends: Timer | None = None
        self._on_stop: Callable[[Sound], None] | None = on_stop

    @property
    def runs(self) -> bool:
        """Whether it plays or records now."""
        return self._on_stop is not None

    def stop(self) -> None:
        """Stop it; a second stop does nothing."""
        on_stop, self._on_stop = self._on_stop, None
        if self.ends is not None:
            self.ends.cancel()
        if on_stop is not None:
            on_stop(self)


class AudioSession:
    """The audio session of one process.

    Args:
        process: whose.

    Attributes:
        category: what sort of sound it is for.
        active: whether it is active.
    """

    def __init__(self, process: Process) -> None:
        self.category = Category.SOLO_AMBIENT
        self.active = False
        self._process = process
        self._sounds: list[Sound] = []
        self._assertion: Assertion | None = None

    def set_category(self, category: Category) -> None:
        """Say what sort of sound it is for; what runs goes on."""
        self.category = category
        self._update()

    def set_active(self, active: bool) -> None:
        """Activate it, or deactivate it, which stops every sound."""
        self.active = active
        if not active:
            self.silence()

    def start(
        self, use: Use, *, lasts_s: float | None = None, on_end: Callable[[], None] | None = None
    ) -> Sound | None:
        """Begin a sound, which activates the session.

        Args:
            use: playing or recording.
            lasts_s: phone time after which it is over; ``None`` for one that goes on.
            on_end: called as the app's code when it is over of itself.

        Returns:
            The sound; ``None`` for a recording that is begun in the background.
        """
        if use is Use.RECORDING and not self._process.state.is_foreground:
            return None
        self.active = True
        sound = Sound(use, self._stopped)
        self._sounds.append(sound)
        if lasts_s is not None:
            clock = self._process.phone.clock
            sound.ends = clock.call_later(lasts_s, lambda: self._over(sound, on_end))
        self._update()
        return sound

    def silence(self) -> None:
        """Stop every sound."""
        for sound in tuple(self._sounds):
            sound.stop()

    def _over(self, sound: Sound, on_end: Callable[[], None] | None) -> None:
        # Queued first, so that the app hears of it before it is suspended for want of sound.
        if on_end is not None:
            self._process.enqueue(on_end)
        sound.stop()

    def _stopped(self, sound: Sound) -> None:
        self._sounds.remove(sound)
        self._update()

    def _update(self) -> None:
        """Take or give back the one assertion for all sounds of the process."""
        app = self._process.app
        declared = app is not None and BACKGROUND_MODE in app.background_modes
        wanted = declared and any(self.category in GOES_ON[sound.use] for sound in self._sounds)
        if not wanted and self._assertion is not None:
            assertion, self._assertion = self._assertion, None
            assertion.release()
        elif wanted and self._assertion is None:
            kind = AssertionKind.AUDIO
            board = self._process.phone.runningboard
            self._assertion = board.acquire(self._process.pid, kind, kind.value, None)


class Audio:
    """The audio of one phone.

    Args:
        phone: the phone.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._sessions: dict[int, AudioSession] = {}
        phone.on_app_state(self._app_moved)

    def session_of(self, process: Process) -> AudioSession:
        """The one audio session of a process."""
        if process.pid not in self._sessions:
            self._sessions[process.pid] = AudioSession(process)
        return self._sessions[process.pid]

    def _app_moved(self, _bundle_id: str, pid: int, state: AppState) -> None:
        if state.runs_code or pid not in self._sessions:
            return
        self._sessions[pid].silence()
        if state is AppState.NOT_RUNNING:
            del self._sessions[pid]
