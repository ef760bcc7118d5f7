"""Between them the sample apps do every word there is, and their profiles say which does which."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness.scenarios
from harness.config.profile import load_profile
from harness.model.triggers import Trigger
from harness.virtual.apps.commanded import Commanded
from harness.virtual.apps.downloader import Downloader
from harness.virtual.apps.sample import DOWNLOADER, HOG, SAMPLES, UPLOADER, WORKER
from harness.virtual.apps.uploader import Uploader
from harness.virtual.apps.worker import Worker
from harness.virtual.kernel.installed import AppBundle

PROFILES = Path(harness.scenarios.__file__).with_name("apps")
APPS = [(DOWNLOADER, Downloader), (UPLOADER, Uploader), (WORKER, Worker)]


@pytest.mark.parametrize(("bundle", "app"), APPS)
def test_a_profile_can_be_told_what_its_app_does(bundle: AppBundle, app: type[Commanded]) -> None:
    profile = load_profile(PROFILES / f"{bundle.name.lower()}.yaml")
    assert profile.bundle_id == bundle.bundle_id
    assert profile.can is not None
    assert set(profile.can) == set(app().acts())


def test_every_word_is_done_by_one_of_them() -> None:
    assert {word for _, app in APPS for word in app().acts()} == set(Trigger)


def test_every_sample_is_another_app() -> None:
    assert len({bundle.bundle_id for bundle in SAMPLES}) == len(SAMPLES)
    assert HOG in SAMPLES


@pytest.mark.parametrize("app", [app for _, app in APPS])
def test_every_word_is_told_in_the_words_of_its_method(app: type[Commanded]) -> None:
    told = {word: act.__doc__ or "" for word, act in app().acts().items()}
    assert {word for word, text in told.items() if not text.startswith(f"``{word}``")} == set()
