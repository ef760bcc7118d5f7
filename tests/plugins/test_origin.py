"""Trouble of a mark: the server has it before the body begins, and has it no more afterwards.

The examples of docs/origin.md are run besides.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.plugins.runs import Place, Shared, shared_run, told_of_a_slip
from tests.unit.docs.pages import blocks, page

EXAMPLES = "\n".join(blocks(page("docs/origin.md"), "python"))

PHONE = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7", seed: 1}
"""

TESTS = """\
import pytest
from harness.api import NEVER
from harness.errors import PreconditionError
from harness.model.callbacks import Callback

def download(app, origin, **how):
    episode = origin.file("a.bin", size_bytes=300_000)
    app.launch()
    return episode, app.do("start-download", url=episode.url, id="a", **how)

@pytest.mark.origin(trouble="captive-portal")
class TestPortal:
    def test_is_there(self, app, origin):
        download(app, origin)
        app.expect_callback(Callback.DID_COMPLETE, error="none", within_s=30)
        assert [receipt.status for receipt in origin.receipts] == [302, 200]

    @pytest.mark.origin(trouble="none")
    def test_is_not(self, app, origin):
        episode, _ = download(app, origin)
        app.expect_transfer(episode.name, within_s=30)

@pytest.mark.origin(trouble="refuse")
def test_refused(app, origin):
    _, sent = download(app, origin, kind="default")
    app.expect_callback(Callback.DID_COMPLETE, session=sent.session, error=-1004, within_s=30)
    origin.listen()

@pytest.mark.origin(trouble="drop")
def test_dropped(app, origin):
    _, sent = download(app, origin, kind="default")
    app.expect_callback(Callback.DID_COMPLETE, session=sent.session, error=-1001, within_s=90)

@pytest.mark.origin(trouble="reset", after_bytes=100_000)
def test_reset(app, origin):
    _, sent = download(app, origin, kind="default")
    app.expect_callback(Callback.DID_COMPLETE, session=sent.session, error=-1005, within_s=30)

@pytest.mark.origin(trouble="stall", after_bytes=100_000)
def test_stalled(app, origin):
    episode, sent = download(app, origin)
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=sent.mark, within_s=600)
    well = origin.listen()
    app.expect_transfer(episode.name, since=well, within_s=30)

def test_well_again(app, origin):
    episode, _ = download(app, origin)
    app.expect_transfer(episode.name, within_s=30)

def test_block(app, origin):
    with origin.refuse() as down:
        episode, sent = download(app, origin)
        app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=down, within_s=60)
    app.expect_transfer(episode.name, requests=None, since=down, within_s=200)

@pytest.mark.origin(trouble="name-gone")
def test_name(app, origin):
    episode, sent = download(app, origin)
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=sent.mark, within_s=120)
    known = origin.listen()
    app.expect_transfer(episode.name, requests=None, since=known, within_s=200)

def test_too_late(app, origin):
    origin.file("a.bin", size_bytes=300_000)
    with pytest.raises(PreconditionError, match="a.bin: offered under a URL"):
        origin.lose_name()

@pytest.mark.origin(trouble="expired-certificate")
def test_no_tls(app, origin):
    raise AssertionError("ran without its trouble")

@pytest.mark.origin(trouble="drop")
def test_unmet(app, origin):
    episode, sent = download(app, origin)
    app.expect_transfer(episode.name, within_s=60)

@pytest.mark.origin(trouble="drop")
@pytest.mark.conditions(airplane="on")
def test_unmet_without_network(app, origin):
    episode, sent = download(app, origin)
    app.expect_transfer(episode.name, within_s=60)
"""

TLS = """\
origin: {tls: self-signed}
"""

TLS_TESTS = """\
import pytest
from harness.api import NEVER
from harness.model.callbacks import Callback

@pytest.mark.origin(trouble="expired-certificate")
@pytest.mark.parametrize("kind", ["default", "background"])
def test_expired(app, origin, kind):
    episode = origin.file("a.bin", size_bytes=300_000)
    assert episode.url.startswith("https:")
    app.launch()
    sent = app.do("start-download", url=episode.url, id="a", kind=kind)
    app.expect_callback(Callback.DID_COMPLETE, session=sent.session, error=-1201, within_s=30)
    assert origin.receipts == ()

def test_good_again(app, origin):
    origin.use_name()
    episode = origin.file("a.bin", size_bytes=300_000)
    app.launch()
    app.do("start-download", url=episode.url, id="a")
    app.expect_transfer(episode.name, within_s=30)

def test_in_the_midst(app, origin):
    episode = origin.file("a.bin", size_bytes=300_000, hold_after_bytes=100_000)
    app.launch()
    sent = app.do("start-download", url=episode.url, id="a", kind="background")
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, within_s=5)
    with origin.expire_certificate() as bad:
        app.expect_callback(Callback.DID_COMPLETE, session=sent.session, error=-1201, since=bad, within_s=60)
"""

PASSED = (
    "TestPortal::test_is_there",
    "TestPortal::test_is_not",
    "test_refused",
    "test_dropped",
    "test_reset",
    "test_stalled",
    "test_well_again",
    "test_block",
    "test_name",
    "test_too_late",
    *re.findall(r"^def (test_\w+)", EXAMPLES, re.MULTILINE),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    return shared_run(
        tmp_path_factory, "origin", lambda path: Place(path, EXAMPLES + TESTS, PHONE).run("-rA")
    )


@pytest.mark.parametrize("test", PASSED)
def test_the_app_meets_the_server_as_the_mark_says(told: Shared, test: str) -> None:
    lines = [line for line in told.ended.said.splitlines() if line.startswith("PASSED test_it.py::")]
    assert f"PASSED test_it.py::{test}" in lines, told.ended.said


@pytest.fixture(scope="module")
def told_over_tls(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    return shared_run(
        tmp_path_factory, "origin-tls", lambda path: Place(path, TLS_TESTS, PHONE + TLS).run("-rA")
    )


@pytest.mark.parametrize(
    "test", ["test_expired[default]", "test_expired[background]", "test_good_again", "test_in_the_midst"]
)
def test_over_tls_a_phone_believes_the_origin_while_its_certificate_is_good(
    told_over_tls: Shared, test: str
) -> None:
    said = told_over_tls.ended.said
    assert f"PASSED test_it.py::{test}" in said.splitlines(), said


def test_a_certificate_that_there_is_not_cannot_expire(told: Shared) -> None:
    assert "ERROR test_it.py::test_no_tls" in told.ended.said
    assert "the origin has no certificate that could have expired: it speaks no TLS" in told.ended.said


def test_an_unmet_claim_names_the_server_or_the_network(told: Shared) -> None:
    said = told.ended.said
    assert "INCONCLUSIVE test_it.py::test_unmet - " in said, said
    assert "NOT_WOKEN:SERVER_DOWN" in said
    assert "INCONCLUSIVE test_it.py::test_unmet_without_network - " in said, said
    assert "NOT_WOKEN:WAITING_NETWORK" in said


MISTAKES = {
    "a trouble": ("trouble='captive'", "origin", "Did you mean captive-portal"),
    "a number": ("trouble='refuse', after_bytes=5", "origin", "refuse has no bytes to count"),
    "a word": ("troubles='refuse'", "origin", "is no mark of an origin"),
    "no origin": ("trouble='refuse'", "app", "an origin that it does not ask for"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_slip_in_a_mark_is_told_before_anything_runs(tmp_path: Path, what: str) -> None:
    words, asks, said = MISTAKES[what]
    assert said in told_of_a_slip(tmp_path, f"origin({words})", asks, PHONE)
