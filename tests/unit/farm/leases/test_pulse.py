from __future__ import annotations

import threading

from harness.farm.leases.pulse import Pulse

WITHIN_S = 20.0


def test_one_beat_that_fails_does_not_silence_the_rest() -> None:
    beats, enough = list[int](), threading.Event()

    def touch() -> None:
        beats.append(len(beats))
        if len(beats) == 1:
            raise OSError("no space is left on the device")
        enough.set()

    pulse = Pulse(touch, 0.01)
    assert enough.wait(WITHIN_S)
    pulse.stop()
