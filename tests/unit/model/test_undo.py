from __future__ import annotations

from harness.model.undo import Undo, UndoOp


def test_a_change_is_told_in_words() -> None:
    assert str(UndoOp(Undo.WIFI, "on")) == "wifi back to on"
    refresh = UndoOp(Undo.BACKGROUND_REFRESH, "on", "com.example.app")
    assert str(refresh) == "background-refresh of com.example.app back to on"
