"""Redirects to signed URLs that expire by the phone's clock."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from harness.errors import ConfigError
from harness.origin.behaviour import SignedRedirect
from tests.unit.origin.support import origin


def test_a_signed_url_is_good_until_the_phone_says_it_is_too_late() -> None:
    async def story() -> None:
        now_s = [1000.0]
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            redirect = SignedRedirect(valid_for_s=60, clock=lambda: now_s[0])
            file = run.file("a.bin", content=b"fine", redirect=redirect)
            async with client.get(file.url, allow_redirects=False) as response:
                assert response.status == 302
                signed = response.headers["Location"]
            now_s[0] = 1059.0
            async with client.get(signed) as response:
                assert (response.status, await response.read()) == (200, b"fine")
            now_s[0] = 1060.0
            async with client.get(signed) as response:
                assert response.status == 403
            async with client.get(file.url) as response:
                assert (response.status, await response.read()) == (200, b"fine")
            assert [receipt.status for receipt in run.receipts] == [302, 200, 403, 302, 200]
            assert sum(receipt.reached_end_of_file for receipt in run.receipts) == 2

    asyncio.run(story())


def test_a_forged_signature_is_refused() -> None:
    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            file = run.file("a.bin", content=b"fine", redirect=SignedRedirect())
            other = run.file("b.bin", content=b"fine", redirect=SignedRedirect())
            async with client.get(file.url, allow_redirects=False) as response:
                query = response.headers["Location"].partition("?")[2]
            for forged in (f"{other.url}?{query}", f"{file.url}?expires=never&signature=00"):
                async with client.get(forged) as response:
                    assert response.status == 403

    asyncio.run(story())


def test_the_clock_may_have_to_be_awaited() -> None:
    async def phone_s() -> float:
        await asyncio.sleep(0)
        return 5.0

    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            file = run.file("a.bin", content=b"fine", redirect=SignedRedirect(1.0, phone_s))
            async with client.get(file.url) as response:
                assert (response.status, response.url.query["expires"]) == (200, "6.000")

    asyncio.run(story())


def test_expiry_without_a_clock_is_refused() -> None:
    with pytest.raises(ConfigError, match="needs a clock"):
        SignedRedirect(valid_for_s=1.0)
