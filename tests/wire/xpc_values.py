"""Any value that XPC carries."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.wire.xpc_objects import FileTransfer, UInt64, XpcDate

I64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=9)
LEAF = (
    st.none()
    | st.booleans()
    | I64
    | st.integers(0, 2**64 - 1).map(UInt64)
    | st.floats(allow_nan=False)
    | st.builds(XpcDate, I64)
    | st.binary(max_size=9)
    | TEXT
    | st.uuids()
)
OBJECT = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXT, inner, max_size=3)
        | st.builds(FileTransfer, st.integers(0, 2**64 - 1), st.dictionaries(TEXT, inner, max_size=2))
    ),
    max_leaves=8,
)
BODY = st.dictionaries(TEXT, OBJECT, max_size=4)
