from __future__ import annotations

import asyncio

from harness.runtime.supervise import Death, Supervisor


async def _returns() -> None:
    return None


async def _raises() -> None:
    raise OSError("gone")


async def _waits() -> None:
    await asyncio.Event().wait()


def test_a_task_that_raises_is_reported_with_its_error() -> None:
    deaths: list[Death] = []

    async def scenario() -> None:
        supervisor = Supervisor(deaths.append)
        await asyncio.wait([supervisor.spawn(_raises(), "states")])

    asyncio.run(scenario())
    assert [(death.name, str(death.error)) for death in deaths] == [("states", "gone")]


def test_returning_is_a_death_only_for_an_endless_task() -> None:
    deaths: list[Death] = []

    async def scenario() -> None:
        supervisor = Supervisor(deaths.append)
        once = supervisor.spawn(_returns(), "once")
        endless = supervisor.spawn(_returns(), "endless", endless=True)
        await asyncio.wait([once, endless])

    asyncio.run(scenario())
    assert [death.name for death in deaths] == ["endless"]


def test_cancelling_through_the_supervisor_is_no_death_and_cancelling_behind_its_back_is() -> None:
    deaths: list[Death] = []

    async def scenario() -> None:
        supervisor = Supervisor(deaths.append)
        asked = supervisor.spawn(_waits(), "asked")
        behind = supervisor.spawn(_waits(), "behind")
        await supervisor.cancel(asked)
        behind.cancel()
        await asyncio.wait([behind])
        assert supervisor.names == ()

    asyncio.run(scenario())
    assert [death.name for death in deaths] == ["behind"]


def test_closing_ends_all_tasks_without_a_report() -> None:
    deaths: list[Death] = []

    async def scenario() -> tuple[str, ...]:
        supervisor = Supervisor(deaths.append)
        supervisor.spawn(_waits(), "log")
        supervisor.spawn(_waits(), "states")
        assert supervisor.names == ("log", "states")
        return await supervisor.close(5)

    assert asyncio.run(scenario()) == ()
    assert deaths == []
