"""An origin with one file that no download gets to the end of; tells its URL, then how much each one got."""

from __future__ import annotations

import asyncio
import json
import sys

from harness.origin.server import OriginServer

SIZE_BYTES = 1 << 30


async def main(rate_bytes_per_s: float) -> None:
    """Serve until stdin ends."""
    origin = OriginServer()
    await origin.start()
    run = origin.begin_run("bench")
    file = run.file("episode.mp4", size_bytes=SIZE_BYTES, rate_bytes_per_s=rate_bytes_per_s)
    print(file.url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await origin.stop()
    sent_bytes = [receipt.body_bytes for receipt in run.receipts]
    print(json.dumps(sent_bytes))


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
