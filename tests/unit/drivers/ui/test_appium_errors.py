"""What Appium's client raises has one meaning each, and none is left out."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
import urllib3.exceptions
from appium.common import exceptions as appium_exceptions
from appium.webdriver.errorhandler import ERROR_TO_EXC_MAPPING
from selenium.common import exceptions

from harness.drivers.ui.appium.errors import TABLE, Happened, happened, translate
from harness.drivers.ui.wda.client import MEANINGS
from harness.errors import (
    CapabilityMissing,
    CommandTimeout,
    DeviceLost,
    HarnessError,
    RunnerFailed,
    ScreenChanged,
)


def _classes(module: ModuleType) -> Iterator[str]:
    for name, value in vars(module).items():
        if (
            isinstance(value, type)
            and issubclass(value, BaseException)
            and value.__module__ == module.__name__
        ):
            yield name


OF_THE_CLIENT = {*_classes(exceptions), *_classes(appium_exceptions)}

OF_ITS_HTTP = {"HTTPError", "ReadTimeoutError"}
"""Rows of urllib3: the base of all its errors, and the one that is something else."""


def test_every_exception_class_of_the_installed_client_has_a_row_of_its_own() -> None:
    assert OF_THE_CLIENT - set(TABLE) == set()


def test_no_row_is_left_of_a_class_that_no_longer_exists() -> None:
    assert set(TABLE) - OF_THE_CLIENT == OF_ITS_HTTP
    assert set(_classes(urllib3.exceptions)) >= OF_ITS_HTTP


def test_every_row_says_what_to_do_in_a_full_sentence() -> None:
    assert [
        name for name, rule in TABLE.items() if not rule.fix.endswith(".") or not rule.fix[0].isupper()
    ] == []


@pytest.mark.parametrize("word", sorted(set(ERROR_TO_EXC_MAPPING) & set(MEANINGS)))
def test_a_word_of_the_protocol_means_the_same_through_a_server_and_without(word: str) -> None:
    through_server = translate(ERROR_TO_EXC_MAPPING[word]("said"), "v-16", "doing it")
    assert type(through_server) is MEANINGS[word].kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.StaleElementReferenceException("gone"), ScreenChanged),
        (exceptions.UnknownMethodException("what"), CapabilityMissing),
        (exceptions.SessionNotCreatedException("no"), RunnerFailed),
        (urllib3.exceptions.ProtocolError("Connection aborted."), RunnerFailed),
        (urllib3.exceptions.LocationParseError("nowhere"), RunnerFailed),
        (DeviceLost("it is gone", phone="v-16"), DeviceLost),
    ],
)
def test_an_error_has_the_meaning_of_its_row(error: Exception, kind: type[HarnessError]) -> None:
    assert type(translate(error, "v-16", "tapping")) is kind


def test_a_server_that_does_not_answer_in_time_is_no_server_that_is_gone() -> None:
    pool = urllib3.HTTPConnectionPool("127.0.0.1")
    late = urllib3.exceptions.ReadTimeoutError(pool, "/session", "Read timed out.")
    assert type(translate(late, "v-16", "tapping")) is CommandTimeout


def test_the_message_names_the_phone_what_was_done_what_was_said_and_what_to_do() -> None:
    said = exceptions.StaleElementReferenceException("The element is gone.\nStacktrace:")
    assert str(translate(said, "v-16", "tapping id 'Wi-Fi'")) == (
        "v-16: tapping id 'Wi-Fi' failed: The element is gone. "
        "Look at what the screen shows: it changed meanwhile."
    )


def test_what_the_client_never_raises_is_not_explained_away() -> None:
    assert translate(ValueError("a mistake here"), "v-16", "tapping") is None


CUT = "Could not proxy command to the remote server. Original error: socket hang up"


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (exceptions.InvalidSessionIdException("no such session"), Happened.SESSION_LOST),
        (exceptions.NoSuchDriverException("terminated"), Happened.SESSION_LOST),
        (exceptions.WebDriverException(CUT), Happened.CUT_OFF),
        (
            exceptions.SessionNotCreatedException(f"A new session could not be created. {CUT}"),
            Happened.CUT_OFF,
        ),
        (exceptions.WebDriverException("kAXErrorServerFailure"), Happened.REFUSED),
        (exceptions.StaleElementReferenceException(CUT), Happened.REFUSED),
    ],
)
def test_what_became_of_a_command_is_told_by_its_class_and_its_words(
    error: Exception, what: Happened
) -> None:
    assert happened(error) is what
