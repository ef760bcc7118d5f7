"""What an agent tells of itself at its front door."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from harness.farm.agent.agent import Agent
from harness.farm.agent.frontdoor import Handler

STATUS = "status"
"""What is asked for it."""


def status_of(agent: Agent) -> Handler:
    """Answers ``status``: the host, its phones, which of them are let to whom, and what is wrong now."""

    async def answer(_: Mapping[str, Any]) -> Mapping[str, Any]:
        open_grants = agent.open_grants
        phones = [
            {
                "name": phone.name,
                "udid": phone.udid,
                "ios": phone.reach.identity.ios,
                "model": phone.reach.identity.model,
                "ways": list(phone.reach.ways),
                "epoch": open_grants[phone.udid].epoch if phone.udid in open_grants else None,
            }
            for phone in agent.phones
        ]
        return {
            "host": agent.host,
            "pid": os.getpid(),
            "phones": phones,
            "away": dict(agent.away),
            "troubles": list(agent.troubles.lasting()),
        }

    return answer
