"""Any frames of os_trace, and one that is always the same."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.wire.ostrace import (
    OsTraceArchive,
    OsTraceFrame,
    OsTraceLevel,
    OsTraceLoss,
    OsTraceRecord,
    OsTraceReply,
)

STARTED = {"Status": "RequestSuccessful"}
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
RECORD = st.builds(
    OsTraceRecord,
    at_us=st.integers(0, 2**32 * 1_000_000 - 1),
    pid=U32,
    process_path=TEXT,
    message=TEXT,
    level=st.sampled_from(OsTraceLevel),
    image_path=TEXT,
    subsystem=TEXT,
    category=TEXT,
    mach=U64,
    thread_id=U64,
    unique_pid=U64,
    process_uuid=st.uuids(),
    image_uuid=st.uuids(),
    image_offset=U32,
    activity_id=U64,
    parent_activity_id=U64,
)
FRAME: st.SearchStrategy[OsTraceFrame] = (
    RECORD
    | st.builds(OsTraceLoss, st.integers(0, 2**50), st.integers(0, 10**6), U64)
    | st.builds(OsTraceArchive, st.binary(max_size=30))
    | st.just(OsTraceReply(STARTED))
)
SAMPLE = OsTraceRecord(
    1_700_000_000_000_123,
    300,
    "/usr/libexec/runningboardd",
    "Suspending task.",
    subsystem="com.apple.runningboard",
)
