"""Where a task of a default session stands: one literal table.

Theory. Such a task is the work of its own process, so three things hold which are otherwise for one of a
background session. What goes wrong is told at once, for nobody is there to try again. While the process is
suspended nothing is sent and nothing is read: the phone's TCP acknowledges until its buffer is full, and the
server waits. And a connection that nobody serves does not stay good: resumed soon, the task goes on as if
nothing had been; resumed late, it learns that its connection is gone, as the first thing when it runs. A task
that only waits for connectivity holds no connection, so it loses none. With the process every task ends, and
nobody is told. Source: background-execution.md §1.8.3; Apple's developer forum, thread 99991.

::

    CREATED --resume, a route-------------> RUNNING --whole response--> DONE
    CREATED --resume, none, waits---------> WAITING --a route---------> RUNNING
    CREATED, WAITING, RUNNING --an error--> DONE
    WAITING --suspended--> PARKED --runs again--> WAITING
    RUNNING --suspended--> FROZEN --runs again--> RUNNING
    PARKED, FROZEN --an error--> DOOMED --runs again--> DONE
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class LocalState(StrEnum):
    """Where a task stands."""

    CREATED = "created"
    WAITING = "waits for connectivity"
    PARKED = "waits for connectivity, its process suspended"
    RUNNING = "running"
    FROZEN = "its process suspended, its connection open"
    DOOMED = "its process suspended, its end not told"
    DONE = "done"


class Turn(StrEnum):
    """What happens to a task."""

    STARTED = "resumed, and there is a route"
    HELD_UP = "resumed without a route, and the session waits for connectivity"
    ROUTE_CAME = "there is a route"
    ANSWERED = "the whole response is there"
    FAILED = "something went wrong, or the app cancelled it"
    SUSPENDED = "the process was suspended"
    RUNS_AGAIN = "the process runs again"


class Act(StrEnum):
    """What the task does about it."""

    BEGIN = "send the request"
    TELL_WAITING = "tell the delegate that it waits"
    TELL_END = "stop and tell the delegate how it ended"
    FREEZE = "move no more bytes"
    THAW = "go on moving bytes"
    DROP = "drop the connection, and keep the error"
    NOTHING = "nothing"


TRANSITIONS: Mapping[tuple[LocalState, Turn], tuple[LocalState, Act]] = {
    (LocalState.CREATED, Turn.STARTED): (LocalState.RUNNING, Act.BEGIN),
    (LocalState.CREATED, Turn.HELD_UP): (LocalState.WAITING, Act.TELL_WAITING),
    (LocalState.CREATED, Turn.FAILED): (LocalState.DONE, Act.TELL_END),
    (LocalState.WAITING, Turn.ROUTE_CAME): (LocalState.RUNNING, Act.BEGIN),
    (LocalState.WAITING, Turn.FAILED): (LocalState.DONE, Act.TELL_END),
    (LocalState.WAITING, Turn.SUSPENDED): (LocalState.PARKED, Act.NOTHING),
    (LocalState.PARKED, Turn.RUNS_AGAIN): (LocalState.WAITING, Act.NOTHING),
    (LocalState.PARKED, Turn.FAILED): (LocalState.DOOMED, Act.NOTHING),
    (LocalState.RUNNING, Turn.ANSWERED): (LocalState.DONE, Act.TELL_END),
    (LocalState.RUNNING, Turn.FAILED): (LocalState.DONE, Act.TELL_END),
    (LocalState.RUNNING, Turn.SUSPENDED): (LocalState.FROZEN, Act.FREEZE),
    (LocalState.FROZEN, Turn.RUNS_AGAIN): (LocalState.RUNNING, Act.THAW),
    (LocalState.FROZEN, Turn.FAILED): (LocalState.DOOMED, Act.DROP),
    (LocalState.DOOMED, Turn.RUNS_AGAIN): (LocalState.DONE, Act.TELL_END),
}
"""(state, what happens) -> (state, what to do); what is not here changes nothing."""
