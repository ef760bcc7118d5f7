"""What a person is told to look at when the origin was not reached."""

from __future__ import annotations

from harness.farm.health.probe import UNREACHABLE_FIX, what_to_check


def test_over_https_the_phone_has_to_know_who_signed() -> None:
    assert what_to_check("http://mac.local/probe") == UNREACHABLE_FIX
    over_tls = what_to_check("https://mac.local/probe")
    assert over_tls.startswith(UNREACHABLE_FIX)
    assert "origin-authority.mobileconfig" in over_tls
