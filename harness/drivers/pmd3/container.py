"""The data container of one app, over house_arrest and AFC."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from harness.drivers.pmd3.closing import close_within, closed_on_failure
from harness.drivers.pmd3.opened import Opened
from harness.drivers.pmd3.way import Way
from harness.errors import AppNotInstalled, CapabilityMissing

if TYPE_CHECKING:
    from pymobiledevice3.services.house_arrest import HouseArrestService

FILE_S = 60.0


class Pmd3Container:
    """Files of an app, without launching it; implements ``model.capabilities.Container``.

    Args:
        phone: the phone's name.
        way: the way to the phone, as the service was opened on it.
        service: an AFC session whose root is the container.
    """

    def __init__(self, phone: str, way: Way, service: HouseArrestService) -> None:
        self._phone = phone
        self._opened = Opened(phone, way, "container")
        self._service = service

    async def size_bytes(self, path: str) -> int | None:
        """The size of a file, or ``None`` when there is none."""
        async with self._command(f"looking for {path}"):
            return await self._size(path)

    async def read(self, path: str, offset: int = 0) -> bytes:
        """The bytes from ``offset`` to the end the file had when this was called."""
        async with self._command(f"reading {path}"):
            missing = (await self._size(path) or 0) - offset
            return await self._read(path, offset, missing) if missing > 0 else b""

    async def write(self, path: str, data: bytes) -> None:
        """Write a whole file, replacing it; the directory must exist."""
        async with self._command(f"writing {path}"):
            await self._service.set_file_contents(_absolute(path), data)

    async def remove(self, path: str) -> None:
        """Remove a file; not being there is no error."""
        async with self._command(f"removing {path}"):
            if await self._size(path) is not None:
                await self._service.rm_single(_absolute(path))

    async def close(self) -> None:
        """Give the connection back; a lost phone is no error."""
        self._opened.close()
        await close_within(self._phone, "the container", self._service.aclose())

    def _command(self, doing: str) -> AbstractAsyncContextManager[None]:
        return self._opened.command(doing, FILE_S)

    async def _size(self, path: str) -> int | None:
        from pymobiledevice3.exceptions import AfcFileNotFoundError

        try:
            return int((await self._service.stat(_absolute(path)))["st_size"])
        except AfcFileNotFoundError:
            return None

    async def _read(self, path: str, offset: int, size_bytes: int) -> bytes:
        handle = await self._service.fopen(_absolute(path), "r")
        try:
            if offset:
                await self._service.fseek(handle, offset)
            return await self._service.fread(handle, size_bytes)
        finally:
            await self._service.fclose(handle)


async def open_container(way: Way, phone: str, bundle_id: str) -> Pmd3Container:
    """Open an app's container: all of it, or its Documents where the app only shares those.

    Raises:
        AppNotInstalled: no such app.
        CapabilityMissing: the app shows neither.
    """
    from pymobiledevice3.exceptions import AppNotInstalledError, PyMobileDevice3Exception

    try:
        return Pmd3Container(phone, way, await _vended(way, bundle_id, documents_only=False))
    except PyMobileDevice3Exception:
        # The refusal closed the connection, so the narrower request needs a new one.
        try:
            service = await _vended(way, bundle_id, documents_only=True)
        except AppNotInstalledError as error:
            raise AppNotInstalled(
                f"{bundle_id} is not on the phone", phone=phone, fix="Install the app on the phone."
            ) from error
        except PyMobileDevice3Exception as error:
            if "refused to open the container" not in str(error):
                raise
            raise CapabilityMissing(
                f"the container of {bundle_id} is closed to this host",
                phone=phone,
                fix="Sign the app for development, or set UIFileSharingEnabled in its Info.plist.",
            ) from error
        return Pmd3Container(phone, way, service)


async def _vended(way: Way, bundle_id: str, *, documents_only: bool) -> HouseArrestService:
    from pymobiledevice3.services import house_arrest

    service = house_arrest.HouseArrestService(way.provider, documents_only=documents_only)
    command = house_arrest.VEND_DOCUMENTS if documents_only else house_arrest.VEND_CONTAINER
    async with closed_on_failure(service.aclose):
        await service.connect()
        await service.send_command(bundle_id, command)
    return service


def _absolute(path: str) -> str:
    return "/" + path.lstrip("/")
