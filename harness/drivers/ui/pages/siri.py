"""Siri: told something, and sent away again."""

from __future__ import annotations

from harness.drivers.ui.pages.hand import Hand
from harness.drivers.ui.pages.home import go_home, looking_at_springboard
from harness.drivers.ui.pages.locators import Spot
from harness.drivers.ui.pages.waiting import until

ANSWERS_S = 10.0
"""How long Siri may take to answer, in wall seconds; on some phones it asks a server first; guessed."""


async def ask_siri(hand: Hand, words: str) -> None:
    """Tell Siri something, wait for its answer, and press Home.

    Going home while Siri is still thinking takes the question back. An answer that is not recognised costs
    the whole wait and is no error: what came of the question the caller has to read anyway.
    """
    await hand.backend.ask_siri(words)
    async with looking_at_springboard(hand):
        await until(lambda: hand.is_there(Spot.SIRI_ANSWER), ANSWERS_S)
    await go_home(hand)
