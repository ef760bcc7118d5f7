from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymobiledevice3.exceptions import (
    AfcException,
    AfcFileNotFoundError,
    AppNotInstalledError,
    PyMobileDevice3Exception,
)
from pymobiledevice3.services.afc import AfcError, AfcLinkType, AfcOpcode, AfcService
from pymobiledevice3.services.house_arrest import HouseArrestService

from harness.virtual.services.support.afc_files import AfcRefusal, Jail
from harness.wire.afc import Truncate
from tests.virtual.rig import APP, STORE_APP, Rig, rig

EPOCH_S = 1_800_000_000.0
"""The time of the rig's phone."""

JOURNAL = "Documents/harness-journal.jsonl"


@asynccontextmanager
async def vended(*, documents_only: bool = False) -> AsyncGenerator[tuple[Rig, HouseArrestService]]:
    async with rig() as it:
        lockdown = await it.lockdown()
        async with await HouseArrestService.create(lockdown, APP.bundle_id, documents_only) as house:
            yield it, house
        await lockdown.close()


def test_a_container_is_read_and_written_without_launching_the_app() -> None:
    async def main() -> None:
        async with vended() as (it, house):
            journal = it.phone.containers.path(APP.bundle_id) / JOURNAL
            journal.write_bytes(b'{"seq":1}\n')
            assert await house.get_file_contents(JOURNAL) == b'{"seq":1}\n'
            blob = bytes(range(256)) * 4096
            await house.set_file_contents("/Documents/blob", blob)
            assert (journal.parent / "blob").read_bytes() == blob
            assert await house.get_file_contents("Documents/blob") == blob
            assert it.phone.processes.of_bundle(APP.bundle_id) is None

    asyncio.run(main())


def test_reading_on_from_an_offset_sees_what_was_appended_meanwhile() -> None:
    async def main() -> None:
        async with vended() as (it, house):
            journal = it.phone.containers.path(APP.bundle_id) / JOURNAL
            journal.write_bytes(b"one\n")
            handle = await house.fopen(JOURNAL)
            await house.fseek(handle, 4)
            assert await house.fread(handle, 100) == b""
            with journal.open("ab") as file:
                file.write(b"two\n")
            assert await house.fread(handle, 100) == b"two\n"
            await house.fclose(handle)
            with pytest.raises(AfcException):
                await house.fclose(handle)

    asyncio.run(main())


def test_directories_are_made_listed_renamed_and_removed() -> None:
    async def main() -> None:
        async with vended() as (_, house):
            await house.makedirs("Documents/a/b")
            await house.set_file_contents("Documents/a/b/c", b"1234")
            assert (await house.stat("Documents/a/b/c"))["st_size"] == 4
            assert (await house.stat("Documents/a"))["st_ifmt"] == "S_IFDIR"
            await house.rename("Documents/a/b/c", "Documents/d")
            assert await house.listdir("Documents") == ["a", "d"]
            with pytest.raises(AfcException) as caught:
                await house.rm_single("Documents/a")
            assert caught.value.status == AfcError.DIR_NOT_EMPTY
            await house.rm("Documents/a")
            assert not await house.exists("Documents/a")
            with pytest.raises(AfcFileNotFoundError):
                await house.get_file_contents("Documents/nothing")

    asyncio.run(main())


@pytest.mark.parametrize("path", ["../../secret", "/../../secret", "Documents/../../../secret"])
def test_no_path_leads_out_of_the_container(path: str) -> None:
    async def main() -> None:
        async with vended() as (it, house):
            outside = it.phone.containers.path(APP.bundle_id).parent.parent / "secret"
            outside.write_text("secret")
            with pytest.raises(AfcFileNotFoundError):
                await house.get_file_contents(path)

    asyncio.run(main())


def test_no_link_leads_out_of_the_container() -> None:
    async def main() -> None:
        async with vended() as (it, house):
            outside = it.phone.containers.path(APP.bundle_id).parent
            (outside / "secret").write_text("secret")
            await house.link(str(outside / "secret"), "Documents/file", AfcLinkType.SYMLINK)
            await house.link(str(outside), "Documents/folder", AfcLinkType.SYMLINK)
            assert (await house.stat("Documents/file"))["st_ifmt"] == "S_IFLNK"
            for path in ("Documents/file", "Documents/folder/secret"):
                with pytest.raises(AfcException) as caught:
                    await house.fopen(path)
                assert caught.value.status == AfcError.PERM_DENIED
            with pytest.raises(AfcException):
                await house.set_file_contents("Documents/folder/new", b"")
            assert not (outside / "new").exists()
            await house.link("blob", "Documents/inside", AfcLinkType.SYMLINK)
            await house.set_file_contents("Documents/blob", b"mine")
            handle = await house.fopen("Documents/inside")
            assert await house.fread(handle, 10) == b"mine"

    asyncio.run(main())


def test_vended_documents_show_nothing_else() -> None:
    async def main() -> None:
        async with vended(documents_only=True) as (_, house):
            assert await house.listdir("/") == ["Documents"]
            await house.set_file_contents("/Documents/x", b"1")
            with pytest.raises(AfcException) as caught:
                await house.listdir("/Library")
            assert caught.value.status == AfcError.PERM_DENIED

    asyncio.run(main())


def test_only_a_development_signed_app_is_vended() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            with pytest.raises(AppNotInstalledError):
                await HouseArrestService.create(lockdown, "com.example.nothing")
            with pytest.raises(PyMobileDevice3Exception, match="InstallationLookupFailed"):
                await HouseArrestService.create(lockdown, STORE_APP.bundle_id)
            await lockdown.close()

    asyncio.run(main())


def test_the_media_directory_is_there() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with AfcService(lockdown) as media:
                assert "DCIM" in await media.listdir("/")
                assert (await media.get_device_info())["Model"] == "iPhone10,3"
                handle = await media.fopen("/Downloads/x", "w")
                await media.fwrite(handle, b"abc")
                await media.lock(handle, 2 | 4)
                await media.fclose(handle)
                with pytest.raises(AfcException) as caught:
                    await media.listdir("/Downloads/x")
                assert caught.value.status == AfcError.READ_ERROR
            await lockdown.close()

    asyncio.run(main())


def test_files_carry_the_time_of_the_phone_and_directories_their_size_on_it() -> None:
    async def main() -> None:
        async with vended() as (it, house):
            await house.set_file_contents("Documents/x", b"1")
            assert (await house.stat("Documents/x"))["st_mtime"].timestamp() == it.phone.clock.now_s
            await house.makedirs("Documents/d")
            facts = await house.stat("Documents/d")
            assert facts["st_size"] == 64
            later_s = facts["st_mtime"].timestamp() - it.phone.clock.now_s
            assert 0 < later_s < 1e-4, "what a client makes later is later, though the clock stands"
            with pytest.raises(AfcException) as caught:
                await house.makedirs("Documents/x/y")
            assert caught.value.status == AfcError.OBJECT_EXISTS

    asyncio.run(main())


@pytest.mark.parametrize("path", ["/", "", ".", "/Documents/..", "/../.."])
def test_the_root_is_not_for_moving_or_removing(tmp_path: Path, path: str) -> None:
    with pytest.raises(AfcRefusal, match="PERM_DENIED"):
        Jail(tmp_path).movable(path)


def test_a_file_where_a_folder_was_does_not_keep_the_next_client_out() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with AfcService(lockdown) as afc:
                await afc.rm("/DCIM")
                await afc.set_file_contents("/DCIM", b"no folder")
            async with AfcService(lockdown) as afc:
                assert await afc.get_file_contents("/DCIM") == b"no folder"
            await lockdown.close()

    asyncio.run(main())


def test_files_that_are_written_at_one_moment_keep_the_order_in_which_they_were() -> None:
    async def main() -> None:
        async with vended() as (it, house):
            names = [f"Documents/{number}" for number in range(20, 0, -1)]
            for name in names:
                await house.set_file_contents(name, b"x")
            times = {name: (await house.stat(name))["st_mtime"] for name in names}
            assert sorted(names, key=lambda name: times[name]) == names
            assert len(set(times.values())) == len(names)
            assert it.phone.clock.now_s == EPOCH_S, "the clock stood all the while"

    asyncio.run(main())


@pytest.mark.parametrize("change", ["truncate", "make"])
def test_every_change_of_a_file_is_in_the_time_of_the_phone(change: str) -> None:
    async def main() -> None:
        async with vended() as (it, house):
            place = it.phone.containers.path(APP.bundle_id) / "Documents" / "x"
            if change == "truncate":
                place.write_bytes(b"1234")
                request = Truncate(2, "Documents/x")
                await house._do_operation(AfcOpcode.TRUNCATE, request.packet(1).head)  # pyright: ignore[reportPrivateUsage]
                assert place.read_bytes() == b"12"
            else:
                await house.fclose(await house.fopen("Documents/x", "a"))
            assert abs(place.stat().st_mtime - it.phone.clock.now_s) < 1e-3

    asyncio.run(main())
