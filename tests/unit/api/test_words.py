"""Words that a test writes as text: a right one is understood, a wrong one is told with what was meant."""

from __future__ import annotations

import pytest

from harness.api.words import callbacks_of, count_of, fields_of, word
from harness.errors import ConfigError
from harness.expect.fields import NEVER, Fields, at_least, exactly
from harness.model.callbacks import Callback
from harness.model.reasons import Reason
from harness.model.states import AppState


@pytest.mark.parametrize(
    "told", [Callback.DID_COMPLETE, "didCompleteWithError", "DID_COMPLETE", "did_complete"]
)
def test_a_callback_is_known_by_its_value_and_by_its_name(told: str) -> None:
    assert callbacks_of((told,)) == (Callback.DID_COMPLETE,)


@pytest.mark.parametrize(
    ("kind", "told", "meant"),
    [
        (Callback, "didCompleteWithErr", "didCompleteWithError"),
        (Callback, "urlSessionDidFinishEventsForBackgroundURLSession", "urlSessionDidFinishEvents"),
        (Reason, "NOT_WOKEN:FORCEQUIT", "NOT_WOKEN:FORCE_QUIT"),
        (AppState, "suspend", "suspended"),
    ],
)
def test_an_unknown_word_is_told_with_the_nearest(kind: type[Callback], told: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"no word is named '{told}'.*{meant}"):
        word(kind, told, "word")


def test_a_word_like_none_is_told_with_all_there_are() -> None:
    with pytest.raises(ConfigError, match="Known: not running, foreground active"):
        word(AppState, "xyzzy", "state")


def test_no_callback_at_all_would_prove_nothing() -> None:
    with pytest.raises(ConfigError, match="nothing would be proven"):
        callbacks_of(())


def test_fields_are_checked() -> None:
    assert fields_of("e42", "main", "background", -999) == Fields("e42", "main", "background", "-999")
    assert fields_of("", "", "", "none").error == "none"
    for thread, state, error in (("Main", "", ""), ("", "suspended", ""), ("", "", "cancelled")):
        with pytest.raises(ConfigError, match="Known: "):
            fields_of("", thread, state, error)


def test_a_number_is_exactly_so_many() -> None:
    assert count_of(None) is None
    assert count_of(2) == exactly(2)
    assert count_of(0) == NEVER
    assert count_of(at_least(2)) == at_least(2)
    with pytest.raises(ConfigError, match="nothing comes -1 times"):
        count_of(-1)
