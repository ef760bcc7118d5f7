"""Which xdist worker runs which test: work is given to phones, and workers sit at them (``dispatch.py``).

Every worker publishes what its tests need before it says that it has collected them, so the controller,
which only ever sees names of tests, knows the phones that would do for each. A worker begins a test only if
no other has: what is promised to one that is busy may be begun by another that is not.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugins.dispatch import Dispatcher
from harness.plugins.durations import Durations
from harness.plugins.planning import Task
from harness.plugins.requirements import requirements_of, why_not
from harness.plugins.rundir import Requirement, RunDirectory

if TYPE_CHECKING:
    from xdist.scheduler import Scheduling
    from xdist.workermanage import WorkerController

RUN_INPUT = "harness_run"
"""Key in xdist's ``workerinput`` under which a worker finds the directory of the run."""

RUN = pytest.StashKey[RunDirectory]()
"""The directory of the run, in the controller and in its workers."""

_INDICES = pytest.StashKey[dict[str, int]]()

_SCHEDULING = pytest.StashKey["PhoneScheduling"]()


def is_ours(config: pytest.Config) -> bool:
    """Whether work is given out here: phones are named, and no other way of giving it out is chosen."""
    return bool(config.getoption("--devices")) and config.getoption("dist", "no") in ("load", "no")


# ---- in a worker


def pytest_configure(config: pytest.Config) -> None:
    """In a worker, know the directory of the run."""
    told: dict[str, str] = getattr(config, "workerinput", {})
    if RUN_INPUT in told:
        config.stash[RUN] = RunDirectory.at(told[RUN_INPUT])


@pytest.hookimpl(tryfirst=True)  # before xdist tells the controller that this worker has collected its tests
def pytest_collection_finish(session: pytest.Session) -> None:
    """Publish what each test needs."""
    config = session.config
    if hasattr(config, "workerinput") and RUN in config.stash:
        config.stash[_INDICES] = {item.nodeid: index for index, item in enumerate(session.items)}
        config.stash[RUN].publish(_worker(config), requirements_of(config, session.items))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Pass over a test that another worker has begun meanwhile."""
    run = item.config.stash.get(RUN, None)
    if run is None or not hasattr(item.config, "workerinput"):
        return None
    if run.begin(_worker(item.config), item.config.stash[_INDICES][item.nodeid]):
        return None
    _end_fixtures(item, nextitem)
    return True


def _end_fixtures(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End what was kept for a test that is passed over, and that the next one has no use for.

    What goes wrong in it is told as a fault of the teardown of the test, as if it had been run.
    """
    state: Any = vars(item.session)["_setupstate"]  # pytest has no public name for it
    call = pytest.CallInfo[None].from_call(lambda: state.teardown_exact(nextitem), when="teardown")
    if call.excinfo is not None:
        report = item.ihook.pytest_runtest_makereport(item=item, call=call)
        item.ihook.pytest_runtest_logreport(report=report)


def _worker(config: pytest.Config) -> str:
    told: dict[str, str] = getattr(config, "workerinput", {})
    return told["workerid"]


def seat_of(item: pytest.Item) -> tuple[str, ...]:
    """The phones, by name, that the controller meant a test to run on; empty where nobody said."""
    config = item.config
    if _INDICES not in config.stash:
        return ()
    return config.stash[RUN].assigned(_worker(config), config.stash[_INDICES][item.nodeid])


# ---- in the controller


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the directory of the run is, which is made for the first one."""
    config: pytest.Config = node.config
    if not is_ours(config):
        return
    if RUN not in config.stash:
        config.stash[RUN] = RunDirectory.make()
    node.workerinput[RUN_INPUT] = str(config.stash[RUN].path)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the directory of the run."""
    if RUN in config.stash and not hasattr(config, "workerinput"):
        config.stash[RUN].remove()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Take over from xdist's default scheduler when phones are named; a chosen ``--dist`` stands."""
    if not is_ours(config) or RUN not in config.stash:
        return None
    config.stash[_SCHEDULING] = PhoneScheduling(config, config.stash[RUN])
    return config.stash[_SCHEDULING]


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """List the tests that nobody has begun: xdist names none when it gives up, as too many workers have died.

    Where somebody has ended the run, by Ctrl-C or ``-x``, it is known that some were not.
    """
    scheduling = config.stash.get(_SCHEDULING, None)
    left = scheduling.not_begun if scheduling and exitstatus != pytest.ExitCode.INTERRUPTED else []
    if left:
        terminalreporter.write_sep("-", f"{len(left)} not run: no worker was left for them")
        for name in left:
            terminalreporter.write_line(name)


def pytest_report_collectionfinish(config: pytest.Config, items: Sequence[pytest.Item]) -> list[str]:
    """Without workers, say which tests no phone can run, and for each phone why not."""
    return why_not(requirements_of(config, items))


class PhoneScheduling:
    """xdist's scheduler, as far as xdist is concerned; all that is decided is decided by ``Dispatcher``.

    Args:
        config: of the controller.
        run: the directory of the run.
    """

    def __init__(self, config: pytest.Config, run: RunDirectory) -> None:
        from xdist.workermanage import parse_tx_spec_config

        self._config, self._run = config, run
        self._expected = len(parse_tx_spec_config(config))
        self._nodes: dict[str, WorkerController] = {}
        self._collections: dict[str, list[str]] = {}
        self._joined: set[str] = set()
        self._names: list[str] = []
        self._dispatcher: Dispatcher | None = None

    # ---- what xdist asks

    @property
    def nodes(self) -> list[WorkerController]:
        """The workers that have not ended."""
        return list(self._nodes.values())

    @property
    def collection_is_completed(self) -> bool:
        """Whether as many workers have collected their tests as were started."""
        return len(self._collections) >= self._expected

    @property
    def tests_finished(self) -> bool:
        """Whether no worker needs to be told anything any more."""
        return self.collection_is_completed and (self._dispatcher is None or self._dispatcher.is_settled)

    @property
    def has_pending(self) -> bool:
        """Whether tests are being given out."""
        return self._dispatcher is not None and not self._dispatcher.is_settled

    @property
    def not_begun(self) -> list[str]:
        """The tests that no worker has begun, in the order of collection."""
        return [name for index, name in enumerate(self._names) if not self._run.begun_by(index)]

    # ---- what xdist tells

    def add_node(self, node: WorkerController) -> None:
        """A worker has started."""
        self._nodes[_id(node)] = node

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        """A worker has collected its tests; one that replaces another must have found the same."""
        if self._dispatcher is not None and list(collection) != self._names:
            node.shutdown()
            return
        self._collections[_id(node)] = list(collection)

    def schedule(self) -> None:
        """Every worker has collected its tests: begin, or let one that came later take part."""
        if self._dispatcher is None and not self._begin():
            return
        assert self._dispatcher is not None
        for name in self._nodes.keys() & self._collections.keys() - self._joined:
            self._joined.add(name)
            self._dispatcher.join(name)
        self._carry_out(self._dispatcher)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """A worker is through with a test, or has passed over it."""
        assert self._dispatcher is not None
        worker = _id(node)
        ran = self._run.begun_by(item_index) == worker
        self._dispatcher.done(worker, item_index, time.monotonic(), ran=ran)
        self._carry_out(self._dispatcher)

    def remove_node(self, node: WorkerController) -> str | None:
        """A worker has ended or died; returns the test that it died in.

        Raises:
            KeyError: it had not started.
        """
        worker = _id(node)
        del self._nodes[worker]
        if self._dispatcher is None or worker not in self._joined:
            return None
        self._joined.remove(worker)
        queue = self._dispatcher.queue(worker)
        in_flight = [test for test in queue if self._run.begun_by(test) == worker]
        self._dispatcher.leave(worker, in_flight)
        self._carry_out(self._dispatcher)
        return self._names[in_flight[0]] if in_flight else None

    def mark_test_pending(self, item: str) -> None:
        """Run a test again that a worker died in, because a plugin asks for it."""
        assert self._dispatcher is not None
        index = self._names.index(item)
        self._run.forget(index)
        self._dispatcher.again(index)
        self._carry_out(self._dispatcher)

    def remove_pending_tests_from_node(self, node: WorkerController, indices: Sequence[int]) -> None:
        """A worker gave tests back that xdist took from it; here none are taken, only promised twice."""

    # ---- what is done

    def _begin(self) -> bool:
        """Learn what there is to run; ``False`` when workers have not collected the same tests."""
        if self._report_difference():
            return False
        worker, self._names = next(iter(self._collections.items()))
        needs = self._run.published(worker)
        durations = Durations.of(self._config.rootpath)
        self._dispatcher = Dispatcher([_task(name, needs.get(name), durations) for name in self._names])
        self._tell_why_not(needs)
        return True

    def _report_difference(self) -> bool:
        from xdist.report import report_collection_diff

        (first, names), *others = self._collections.items()
        for other, collection in others:
            if difference := report_collection_diff(names, collection, first, other):
                report = pytest.CollectReport(other, "failed", longrepr=difference, result=[])
                self._config.hook.pytest_collectreport(report=report)
                return True
        return False

    def _tell_why_not(self, needs: dict[str, Requirement]) -> None:
        terminal: Any = self._config.pluginmanager.getplugin("terminalreporter")
        lines = why_not(needs)
        if terminal is not None and lines:
            terminal.ensure_newline()
            for line in lines:
                terminal.write_line(line)

    def _carry_out(self, dispatcher: Dispatcher) -> None:
        for name, node in self._nodes.items():
            if node.shutting_down:
                dispatcher.end(name)
        for phone in self._run.lost:
            dispatcher.lose(phone)
        for order in dispatcher.orders(time.monotonic()):
            node = self._nodes[order.worker]
            if order.task is None:
                node.shutdown()
                continue
            self._run.assign(order.worker, order.task, order.seat)
            self._send(node, order.task)

    def _send(self, node: WorkerController, test: int) -> None:
        try:
            node.send_runtest_some([test])
        except OSError:
            # It died a moment ago. xdist is about to say so, and then its queue is given to others.
            return


def _task(name: str, need: Requirement | None, durations: Durations) -> Task:
    need = need or Requirement()
    return Task(need.slots, durations.expected_s(name, need.kinds))


def _id(node: Any) -> str:
    return str(node.gateway.id)
