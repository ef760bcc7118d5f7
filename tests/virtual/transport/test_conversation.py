from __future__ import annotations

import asyncio

from harness.virtual.transport.conversation import Asked, Question, conversation, note, note_plist


def test_messages_are_counted_under_the_service_of_their_conversation() -> None:
    asked = Asked()
    with conversation(asked, "com.apple.afc"):
        note("ReadDir")
        note("ReadDir")
    with conversation(asked, "com.apple.mobile.heartbeat"):
        note_plist({"Command": "Polo"})
    assert asked.counts() == {
        Question("com.apple.afc", "ReadDir"): 2,
        Question("com.apple.mobile.heartbeat", "Polo"): 1,
    }


def test_a_message_outside_of_any_conversation_counts_nowhere() -> None:
    asked = Asked()
    with conversation(asked, "com.apple.afc"):
        pass
    note("ReadDir")
    assert asked.counts() == {}


def test_conversations_of_two_tasks_are_kept_apart() -> None:
    one, other = Asked(), Asked()

    async def talk(asked: Asked, service: str, message: str) -> None:
        with conversation(asked, service):
            await asyncio.sleep(0)
            note(message)

    async def both() -> None:
        await asyncio.gather(talk(one, "a", "x"), talk(other, "b", "y"))

    asyncio.run(both())
    assert (one.counts(), other.counts()) == ({Question("a", "x"): 1}, {Question("b", "y"): 1})


def test_a_property_list_without_a_name_counts_nowhere() -> None:
    asked = Asked()
    with conversation(asked, "s"):
        note_plist({"Label": "someone", "Request": 3})
    assert asked.counts() == {}


def test_a_question_reads_as_service_and_message() -> None:
    assert str(Question("com.apple.afc", "ReadDir")) == "com.apple.afc/ReadDir"
