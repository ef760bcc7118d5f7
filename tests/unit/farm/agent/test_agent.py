from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from harness.errors import DeviceLost, FarmError, HostTaken, LeaseLost, StoreUnavailable
from harness.farm.agent import agent as agent_module
from harness.farm.agent import bays
from harness.farm.agent.agent import Agent, changes
from harness.farm.agent.attendance import LEAVING, Attending
from harness.farm.agent.parts import Means, Seat
from harness.farm.agent.telling import Event, Happening
from harness.farm.health.rotation import Against, Finding
from harness.farm.leases.grants import Duties, Grant
from tests.unit.farm.agent.seats import (
    NoRestorer,
    VirtualGates,
    VirtualHealth,
    VirtualSeat,
    VirtualWatch,
    host_phone,
    until,
)

A, B = Grant("a", 1, "mini1"), Grant("b", 1, "mini1")
AWAY = StoreUnavailable("the database does not answer")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses after failures are short here."""
    monkeypatch.setattr(agent_module, "TRY_AGAIN_S", 0.01)
    monkeypatch.setattr(agent_module, "WATCH_S", 0.01)
    monkeypatch.setattr(agent_module, "HEALTH_S", 0.01)
    monkeypatch.setattr(bays, "TRY_AGAIN_S", 0.01)


@dataclass
class Bench:
    """An agent over a farm in memory.

    Attributes:
        seats: what its place in the store is, one after the other.
        events: what it has told.
        awake: whether it was last asked to keep the machine awake.
    """

    seats: list[VirtualSeat] = field(default_factory=lambda: [VirtualSeat()])
    refusals: list[FarmError] = field(default_factory=list[FarmError])
    events: list[Event] = field(default_factory=list[Event])
    watch: VirtualWatch = field(default_factory=lambda: VirtualWatch("a", "b"))
    health: VirtualHealth = field(default_factory=VirtualHealth)
    awake: bool = False
    taken: int = 0

    def __post_init__(self) -> None:
        self.gates = VirtualGates(self.seat)
        means = Means(
            self._take,
            self.watch,
            self.gates,
            NoRestorer(),
            "pytest on {}".format,
            self.health,
            self._keep_awake,
        )
        self.agent = Agent("mini1", means, self.events.append)

    @property
    def seat(self) -> VirtualSeat:
        """The first one."""
        return self.seats[0]

    def _take(self) -> Seat:
        if self.refusals:
            raise self.refusals.pop(0)
        self.taken += 1
        return self.seats[self.taken - 1]

    def _keep_awake(self, wanted: bool) -> None:
        self.awake = wanted

    def told(self, happening: Happening) -> list[str]:
        """What it told of one kind of thing."""
        return [str(event) for event in self.events if event.happening is happening]

    def run(self, story: Callable[[], Awaitable[None]]) -> None:
        """Run the agent for as long as a story takes, and to its end."""

        async def both() -> None:
            over = asyncio.Event()
            serving = asyncio.create_task(self.agent.run(over))
            try:
                await story()
            finally:
                over.set()
                await serving

        asyncio.run(both())


def test_a_grant_is_opened_and_then_said_to_stand() -> None:
    bench = Bench()
    bench.seat.due = Duties(to_open=(A,))

    async def story() -> None:
        await until(lambda: bench.told(Happening.GRANTED))

    bench.run(story)
    assert bench.seat.done[:2] == ["open a", "opened a"]
    assert bench.told(Happening.GRANTED) == ["a: granted to pytest on a: grant 1, by /sockets/a.1"]


def test_a_lease_that_ends_is_cut_then_over_then_put_right() -> None:
    bench = Bench()
    bench.seat.altered.add("a")
    bench.seat.due = Duties(to_close=(A,))

    async def story() -> None:
        await until(lambda: "restored a" in bench.seat.done)

    bench.run(story)
    assert bench.seat.done[:3] == ["close a", "closed a", "restored a"]


def test_a_phone_that_is_put_right_for_long_delays_the_cut_of_no_other() -> None:
    bench = Bench()
    slow = bench.seat.restoring["a"] = threading.Event()
    bench.seat.due = Duties(to_restore=("a",))

    async def story() -> None:
        await until(lambda: bench.agent.phones)
        bench.seat.due = Duties(to_close=(B,), to_restore=("a",))
        await until(lambda: "closed b" in bench.seat.done)
        assert "restored a" not in bench.seat.done
        slow.set()
        await until(lambda: "restored a" in bench.seat.done)

    bench.run(story)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError("no more files"), "no more files"),
        (KeyError("SerialNumber"), "unexpected KeyError: 'SerialNumber'"),
    ],
    ids=["of the system", "of a defect"],
)
def test_a_step_that_fails_is_told_once_and_tried_until_it_goes_well(error: Exception, told: str) -> None:
    bench = Bench()
    bench.gates.fails["open"] = error
    bench.seat.due = Duties(to_open=(A,))

    async def story() -> None:
        await until(lambda: f"a: {told}" in bench.told(Happening.TROUBLE))
        assert bench.agent.troubles.lasting() == (told,)
        bench.gates.fails.clear()
        await until(lambda: "opened a" in bench.seat.done)
        await until(lambda: bench.told(Happening.OVER))

    bench.run(story)
    assert bench.told(Happening.TROUBLE).count(f"a: {told}") == 1
    assert bench.agent.troubles.lasting() == ()


def test_the_lease_of_a_phone_that_is_not_there_is_ended_so_that_its_holder_gets_another() -> None:
    bench = Bench()
    bench.gates.fails["open"] = DeviceLost("its host's usbmuxd does not list it", phone="a")
    bench.seat.due = Duties(to_open=(A,))

    async def story() -> None:
        await until(lambda: "closed a" in bench.seat.done)

    bench.run(story)
    assert bench.told(Happening.CUT) == ["a: grant 1 was not opened: its host's usbmuxd does not list it"]


def test_a_phone_that_is_not_well_is_not_let_out_and_its_lease_is_ended() -> None:
    bench = Bench()
    bench.health.finds["a"] = Finding(Against.LOOK, "it is locked", "Unlock it", "unlocked")
    bench.seat.due = Duties(to_open=(A, B))

    async def story() -> None:
        await until(lambda: {"closed a", "opened b"} <= set(bench.seat.done))

    bench.run(story)
    assert "open a" not in bench.seat.done
    assert bench.told(Happening.CUT)[0] == "a: grant 1 was not opened: it is locked"


def test_a_phone_that_is_found_unwell_once_its_socket_stands_is_cut_before_its_lease_is_over() -> None:
    bench = Bench()
    bench.seat.fails["opened"] = AWAY
    bench.seat.due = Duties(to_open=(A,))

    async def story() -> None:
        await until(lambda: "a" in bench.gates.open_ones)
        bench.health.finds["a"] = Finding(Against.LOOK, "it is locked", "Unlock it", "unlocked")
        await until(lambda: "closed a" in bench.seat.done)
        assert bench.gates.open_ones == {}

    bench.run(story)
    assert bench.seat.done.index("close a") < bench.seat.done.index("closed a")


async def unplug_both(bench: Bench) -> None:
    """Its two phones were there, and are not any more."""
    await until(lambda: len(bench.agent.phones) == 2)
    bench.watch.attending = Attending()
    await until(lambda: not bench.agent.phones)


def test_a_phone_that_comes_back_is_counted_and_one_that_comes_first_is_not() -> None:
    bench = Bench()
    both = bench.watch.attending

    async def story() -> None:
        await unplug_both(bench)
        bench.watch.attending = both
        await until(lambda: len(bench.agent.phones) == 2)

    bench.run(story)
    assert bench.health.back == ["a", "b"]


def test_a_host_that_sees_no_phone_says_so_and_counts_none_that_it_sees_again() -> None:
    bench = Bench()
    both = bench.watch.attending

    async def story() -> None:
        await until(lambda: len(bench.agent.phones) == 2)
        bench.watch.attending = Attending((), {}, blind="usbmuxd does not answer", unseen=frozenset("ab"))
        await until(lambda: not bench.seat.published)
        assert bench.seat.why == {"a": "usbmuxd does not answer", "b": "usbmuxd does not answer"}
        bench.watch.attending = Attending()  # it answers, and finds them one after the other
        await until(lambda: bench.seat.why == {})
        bench.watch.attending = both
        await until(lambda: len(bench.agent.phones) == 2)

    bench.run(story)
    assert bench.health.back == []
    told = [event.text for event in bench.events if event.happening in (Happening.TROUBLE, Happening.OVER)]
    assert told == ["usbmuxd does not answer", "usbmuxd answers again"]


def test_what_came_while_the_database_was_away_is_told_and_counted_once() -> None:
    bench = Bench()
    both = bench.watch.attending

    async def story() -> None:
        await unplug_both(bench)
        bench.health.loses = {"b": AWAY}
        bench.watch.attending = both
        seen = bench.watch.looks
        await until(lambda: bench.watch.looks > seen + 3)
        assert len(bench.agent.phones) == 2
        bench.health.loses = {}
        await until(lambda: len(bench.health.back) == 2)

    bench.run(story)
    assert bench.health.back == ["a", "b"]
    assert len(bench.told(Happening.ATTACHED)) == 4


def test_a_phone_that_is_there_and_somebody_elses_is_not_served() -> None:
    bench = Bench()
    bench.seat.others = {"b"}

    async def story() -> None:
        await until(lambda: bench.agent.served)
        assert [phone.udid for phone in bench.agent.served] == ["a"]
        assert [phone.udid for phone in bench.agent.phones] == ["a", "b"]

    bench.run(story)


def published(bench: Bench) -> set[str]:
    """UDIDs of the phones that can be had, as far as the store was told."""
    return {phone.identity.udid for phone in bench.seat.published}


def test_a_phone_that_devices_yaml_lists_no_more_is_not_told_of_any_more() -> None:
    bench = Bench()

    async def story() -> None:
        await until(lambda: published(bench) == {"a", "b"})
        bench.watch.leaves("a")
        await until(lambda: published(bench) == {"b"})
        assert bench.seat.why == {"a": LEAVING}

    bench.run(story)
    assert bench.told(Happening.DETACHED) == [f"a: {LEAVING}"]


def test_who_has_a_phone_that_is_leaving_keeps_it_and_it_goes_once_it_was_put_right() -> None:
    bench = Bench()
    bench.seat.altered.add("a")
    bench.seat.due = Duties(to_open=(A,))
    slow = bench.seat.restoring["a"] = threading.Event()

    async def story() -> None:
        await until(lambda: bench.told(Happening.GRANTED))
        bench.watch.leaves("a")
        await until(lambda: bench.told(Happening.SILENT))
        bench.seat.due = Duties(to_close=(A,))
        await until(lambda: bench.seat.due.to_restore)
        looks = bench.watch.looks
        await until(lambda: bench.watch.looks > looks + 2)
        assert published(bench) == {"a", "b"}
        slow.set()
        await until(lambda: published(bench) == {"b"})

    bench.run(story)
    assert bench.told(Happening.SILENT) == [f"a: {LEAVING}"]
    assert bench.seat.done[:5] == ["open a", "opened a", "close a", "closed a", "restored a"]


def test_a_phone_that_is_leaving_stays_while_it_cannot_be_put_right() -> None:
    bench = Bench()
    bench.seat.not_restored["a"] = "it does not answer"
    bench.seat.due = Duties(to_restore=("a",))

    async def story() -> None:
        await until(lambda: bench.told(Happening.NOT_RESTORED))
        bench.seat.due = Duties()  # it is not due again at once
        bench.watch.leaves("a")
        looks = bench.watch.looks
        await until(lambda: bench.watch.looks > looks + 2)
        assert published(bench) == {"a", "b"}

    bench.run(story)


def test_a_phone_that_is_leaving_is_granted_to_nobody() -> None:
    bench = Bench()

    async def story() -> None:
        await until(lambda: bench.agent.phones)
        bench.watch.leaves("a")
        await until(lambda: len(bench.agent.phones) == 1)
        bench.seat.due = Duties(to_open=(A,))
        await until(lambda: "closed a" in bench.seat.done)

    bench.run(story)
    assert "open a" not in bench.seat.done
    assert bench.told(Happening.CUT) == [f"a: grant 1 was not opened: {LEAVING}"]


def test_a_file_that_is_wrong_is_told_once_and_when_it_is_right_again() -> None:
    bench = Bench()
    right = bench.watch.attending
    wrong = "devices.yaml:4:3: expected a word"

    async def story() -> None:
        await until(lambda: published(bench) == {"a", "b"})
        bench.watch.attending = replace(right, wrong=wrong)
        looks = bench.watch.looks
        await until(lambda: bench.watch.looks > looks + 2)
        assert bench.agent.troubles.lasting() == (wrong,)
        bench.watch.attending = right
        await until(lambda: bench.told(Happening.OVER))
        assert published(bench) == {"a", "b"}

    bench.run(story)
    assert bench.told(Happening.TROUBLE) == [wrong]


def test_phones_go_on_being_looked_at_when_one_look_failed() -> None:
    bench = Bench()
    bench.health.fails = AWAY

    async def story() -> None:
        await until(lambda: str(AWAY) in bench.told(Happening.TROUBLE))
        bench.health.fails = None
        await until(lambda: bench.told(Happening.OVER))

    bench.run(story)
    assert bench.health.rounds
    assert bench.told(Happening.OVER) == ["the health of the phones can be looked at again"]


def test_while_the_database_is_away_whoever_has_a_phone_goes_on_having_it() -> None:
    bench = Bench()
    bench.seat.due = Duties(to_open=(A,))

    async def story() -> None:
        await until(lambda: "opened a" in bench.seat.done)
        bench.seat.fails = dict.fromkeys(("wait", "duties", "closed"), AWAY)
        # As the agent's own trouble: a phone's, which has its name before the words, may come first.
        await until(lambda: str(AWAY) in bench.told(Happening.TROUBLE))
        assert bench.gates.open_ones == {"a": A}
        assert bench.agent.open_grants == {"a": A}
        bench.seat.fails = {}
        await until(lambda: "the database answers again" in bench.told(Happening.OVER))
        bench.seat.due = Duties(to_close=(A,))
        await until(lambda: "closed a" in bench.seat.done)

    bench.run(story)
    assert bench.told(Happening.TROUBLE).count(str(AWAY)) >= 1


def test_an_agent_that_starts_before_the_database_waits_for_it() -> None:
    bench = Bench(refusals=[AWAY, AWAY, AWAY])

    async def story() -> None:
        await until(lambda: bench.seat.published)

    bench.run(story)
    assert bench.told(Happening.TROUBLE) == [str(AWAY)]


def test_an_agent_of_a_host_that_is_taken_ends() -> None:
    bench = Bench(refusals=[HostTaken("another agent serves mini1")])
    with pytest.raises(HostTaken):
        asyncio.run(bench.agent.run(asyncio.Event()))


def test_an_agent_that_was_taken_for_dead_cuts_everybody_and_begins_anew() -> None:
    bench = Bench(seats=[VirtualSeat(), VirtualSeat()])
    bench.seat.due = Duties(to_open=(A,))

    async def story() -> None:
        await until(lambda: "opened a" in bench.seat.done)
        bench.seat.fails["duties"] = LeaseLost("this agent was taken for dead")
        await until(lambda: bench.seats[1].published)
        assert bench.gates.open_ones == {}
        assert "close a" in bench.seat.done

    bench.run(story)
    assert bench.taken == 2
    assert [phone.identity.udid for phone in bench.seats[1].published] == []


def test_an_agent_that_ends_cuts_puts_right_has_its_phones_offline_and_leaves() -> None:
    bench = Bench()
    bench.seat.altered.add("a")
    bench.seat.due = Duties(to_open=(A,))

    async def story() -> None:
        await until(lambda: "opened a" in bench.seat.done)
        await until(lambda: bench.seat.published)
        assert bench.awake

    bench.run(story)
    assert bench.seat.done == ["open a", "opened a", "close a", "closed a", "restored a", "left"]
    assert bench.seat.published == ()
    assert not bench.awake


def test_phones_that_come_and_go_are_told_once_with_the_reason() -> None:
    before = Attending((host_phone("a"),), {"c": "it is not attached"})
    after = Attending((host_phone("b"),), {"a": "it is there by network", "c": "it is not attached"})
    assert [(one.happening, str(one)) for one in changes(before, after)] == [
        (Happening.DETACHED, "a: it is there by network"),
        (Happening.ATTACHED, "b: attached by usb: iPhone12,1, iOS 16.7"),
    ]
    assert [str(one) for one in changes(Attending(), before)] == [
        "a: attached by usb: iPhone12,1, iOS 16.7",
        "c: it is not attached",
    ]
    assert changes(after, after) == ()
