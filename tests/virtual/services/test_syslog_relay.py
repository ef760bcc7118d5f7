from __future__ import annotations

import asyncio

from pymobiledevice3.services.syslog import SyslogService

from harness.virtual.kernel.log import LogEvent
from harness.virtual.services.syslog_relay import RELAY_STARTED, line_of
from tests.virtual.rig import rig


def event(message: str, image: str = "test", wall_s: float = 1_799_999_999.5) -> LogEvent:
    return LogEvent(wall_s, 1.0, "test", 7, "error", message, "", "", 1, image)


def test_a_line_has_the_classic_form() -> None:
    assert line_of(event("hello"), "v-16") == b"Jan 15 07:59:59 v-16 test[7] <Error>: hello\n\0"
    assert line_of(event("x", "/usr/lib/libfoo.dylib"), "v").split(b" ")[4] == b"test(libfoo.dylib)[7]"
    early = line_of(event("x", wall_s=1_798_761_600.0), "v")
    assert early.startswith(b"Jan  1 00:00:00 v "), "a day of one digit is padded with a space"


def test_a_client_follows_the_log() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with SyslogService(lockdown) as service:
                lines = service.watch()
                greeting = await asyncio.wait_for(anext(lines), 5)
                assert str(greeting).endswith(RELAY_STARTED), "its own coming is in the log"
                it.phone.log.emit("SpringBoard", 3, "two\nlines")
                line = await asyncio.wait_for(anext(lines), 5)
                if line == greeting:
                    # This client tells the lines it has once more with those that come next.
                    line = await asyncio.wait_for(anext(lines), 5)
                assert str(line).lstrip("\0").endswith("v-16 SpringBoard[3] <Notice>: two\nlines")
                await lines.aclose()
            await lockdown.close()

    asyncio.run(main())
