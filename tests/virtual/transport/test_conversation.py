from __future__ import annotations

import asyncio
from collections.abc import Mapping

from harness.virtual.transport.conversation import CONNECTED, Asked, Question, conversation, note, note_plist


def messages(asked: Asked) -> Mapping[Question, int]:
    """What was asked, without the connections."""
    return {question: count for question, count in asked.counts().items() if question.message != CONNECTED}


def test_every_connection_is_counted() -> None:
    asked = Asked()
    for _ in range(2):
        with conversation(asked, "com.apple.syslog_relay"):
            pass
    assert asked.counts() == {Question("com.apple.syslog_relay", CONNECTED): 2}


def test_messages_are_counted_under_the_service_of_their_conversation() -> None:
    asked = Asked()
    with conversation(asked, "com.apple.afc"):
        note("ReadDir")
        note("ReadDir")
    with conversation(asked, "com.apple.mobile.heartbeat"):
        note_plist({"Command": "Polo"})
    assert messages(asked) == {
        Question("com.apple.afc", "ReadDir"): 2,
        Question("com.apple.mobile.heartbeat", "Polo"): 1,
    }


def test_a_message_outside_of_any_conversation_counts_nowhere() -> None:
    asked = Asked()
    with conversation(asked, "com.apple.afc"):
        pass
    note("ReadDir")
    assert messages(asked) == {}


def test_conversations_of_two_tasks_are_kept_apart() -> None:
    one, other = Asked(), Asked()

    async def talk(asked: Asked, service: str, message: str) -> None:
        with conversation(asked, service):
            await asyncio.sleep(0)
            note(message)

    async def both() -> None:
        await asyncio.gather(talk(one, "a", "x"), talk(other, "b", "y"))

    asyncio.run(both())
    assert (messages(one), messages(other)) == ({Question("a", "x"): 1}, {Question("b", "y"): 1})


def test_a_property_list_without_a_name_counts_nowhere() -> None:
    asked = Asked()
    with conversation(asked, "s"):
        note_plist({"Label": "someone", "Request": None})
    assert messages(asked) == {}


def test_a_service_within_a_service_is_counted_under_its_own_name() -> None:
    asked = Asked()
    with conversation(asked, "com.apple.instruments.dtservicehub"):
        note("runningProcesses", of="com.apple.instruments.server.services.deviceinfo")
    assert messages(asked) == {
        Question("com.apple.instruments.server.services.deviceinfo", "runningProcesses"): 1
    }


def test_a_question_reads_as_service_and_message() -> None:
    assert str(Question("com.apple.afc", "ReadDir")) == "com.apple.afc/ReadDir"
