"""The console script: a one-off that a host agent can do is handed to it, anything else is done here.

Most of what a one-off takes is starting: importing what drives a phone, opening its tunnel, shaking hands
with its instruments. An agent has all of that ready. So a command line that it may be able to serve is read
here, with next to nothing imported, and asked for at the agent's front door.

Only the plain forms of four commands are read here. Whatever else is said, whatever no agent serves, and
whatever an agent would rather not do, is done in this process as if there were no agent. But what has been
handed over is never done a second time: nobody knows how far the first came.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence

# Nothing else is imported before it is certain that it is needed: this is most of the time that is left.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NO_AGENT_VARIABLE = "HARNESS_NO_AGENT"
"""Environment variable that has everything done without an agent."""

ASK = "one-off"
"""What is asked for at the front door."""

COMMANDS: Mapping[str, bool] = {
    "kill-app": True,
    "launch-app": True,
    "background-app": False,
    "state": False,
}
"""Command -> whether it must name an app."""

PLAIN: Mapping[str, tuple[str, str]] = {
    "kill-app": ("--as", "system"),
    "launch-app": ("--by", "service"),
    "background-app": ("--by", "settings"),
}
"""Command -> its option for a way, and the one way that takes neither the screen nor the log."""

PHONE = ("--phone", "--device")
"""What names the phone; see ``options.OTHER_WORDS``."""

AGENT_WITHIN_S = 120.0
"""Protective deadline of a one-off at an agent, in wall seconds; its own are shorter."""

ANSWER_LIMIT_BYTES = 1 << 24

DEVICE = 3
INTERRUPTED = 130


def main() -> None:
    """The console script; ends the process with the exit code."""
    gc.disable()
    try:
        code = attempt(sys.argv[1:], os.environ)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code is not None:
        _leave(code)
    from harness.cli.main import main as without_agent

    without_agent()


def _leave(code: int) -> None:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        pass  # who read it has seen enough
    os._exit(code)


def attempt(words: Sequence[str], environment: Mapping[str, str]) -> int | None:
    """Have an agent do what a command line says.

    Args:
        words: without the name of the program.
        environment: of this process.

    Returns:
        The exit code; ``None`` when nothing was done, because no agent does this.
    """
    asked = None if environment.get(NO_AGENT_VARIABLE) else read(words)
    if asked is None:
        return None
    for door in doors(state_path(environment), only_one="device" not in asked):
        answer = ask(door, asked)
        if answer is None:
            continue
        if "exit_code" in answer:
            return _said(answer)
        return _lost(str(answer["lost"]))
    return None


def read(words: Sequence[str]) -> dict[str, Any] | None:
    """What a command line asks for, if it is one that an agent may be able to serve; ``None`` otherwise.

    Whether it is right in every other way is not looked at: what is not certain is left to who knows.
    """
    if not words or words[0] not in COMMANDS:
        return None
    command, rest = words[0], list(words[1:])
    option, plain = PLAIN.get(command, ("", ""))
    asked: dict[str, Any] = {"ask": ASK, "command": command, "json": False}
    while rest:
        word, equals, value = rest.pop(0).partition("=")
        if word in (*PHONE, option) and word:
            value = value if equals else rest.pop(0) if rest else ""
            if not value or (word == option and value != plain):
                return None
            asked |= {"device": value} if word in PHONE else {}
        elif word == "--json" and not equals:
            asked["json"] = True
        elif not word or word.startswith("-") or equals or "bundle_id" in asked:
            return None
        else:
            asked["bundle_id"] = word
    return asked if "bundle_id" in asked or not COMMANDS[command] else None


def state_path(environment: Mapping[str, str]) -> str:
    """The state directory, by the rules of ``config.places``; it need not be there."""
    if named := environment.get("HARNESS_STATE_DIR"):
        return os.path.abspath(os.path.expanduser(named))
    home = environment.get("HOME") or os.path.expanduser("~")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", "harness")
    xdg = environment.get("XDG_STATE_HOME", "")
    return os.path.join(xdg if os.path.isabs(xdg) else os.path.join(home, ".local", "state"), "harness")


def doors(state: str, *, only_one: bool) -> Iterator[str]:
    """The front doors of the agents that say in the state directory that they serve; see ``agent.places``.

    Args:
        state: the state directory.
        only_one: whether the phone is meant that is the only one: where there are several agents, none is.
    """
    import json

    directory = os.path.join(state, "agents")
    try:
        told = sorted(name for name in os.listdir(directory) if name.endswith(".json"))
    except OSError:
        return
    if only_one and len(told) > 1:
        return
    for name in told:
        try:
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                yield str(json.load(file)["door"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # it ended meanwhile


def ask(door: str, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Ask an agent.

    Returns:
        What it did: ``exit_code``, and what it ``said``. Or, in words, why nobody knows what it did:
        ``lost``. ``None`` when it did nothing: it has gone, or has declined.
    """
    import json
    import socket

    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(AGENT_WITHIN_S)
        try:
            line.connect(door)
            line.sendall(json.dumps(asked).encode() + b"\n")
        except OSError:
            return None  # an agent that was killed leaves its address behind
        try:
            answer = json.loads(_line(line))
        except (OSError, ValueError) as error:
            return {"lost": f"{type(error).__name__}: {error}"}
    done: Mapping[str, Any] = answer.get("is") or {}
    return done if "exit_code" in done else None


def _line(line: Any) -> bytes:
    with line.makefile("rb") as answer:
        return answer.readline(ANSWER_LIMIT_BYTES)


def _said(answer: Mapping[str, Any]) -> int:
    """Say what the command said, each on its own channel; returns the exit code."""
    try:
        for channel, text in answer["said"]:
            print(text, file=sys.stdout if channel == "out" else sys.stderr, flush=True)
    except BrokenPipeError:
        return 0  # who read it has seen enough
    return int(answer["exit_code"])


def _lost(why: str) -> int:
    print(
        f"harness: the agent of this machine went away, or did not answer, while it was at it: {why}. "
        "See with harness state what came of it.",
        file=sys.stderr,
    )
    return DEVICE


if __name__ == "__main__":
    main()
