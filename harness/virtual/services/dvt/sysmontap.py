"""DVT sysmontap: samples of what processes and the phone use, pushed again and again.

A sample of the phone is an object that is pushed. One of the processes is bytes that hold an archive,
with a sample of the phone ahead of it. Source of the calls and of the shape of both: go-ios reads the
object, tidevice only the bytes and only if there are two samples in them, pymobiledevice3 either. It
takes the first message for an acknowledgement, so one is sent at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from harness.virtual.kernel.clock import Timer
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.processes.states import MACH_TICKS_PER_S
from harness.virtual.services.support.dvt_channel import VOID, DvtChannel, Link, Void
from harness.virtual.services.support.sysmon import (
    CPU_COUNT,
    PROCESS_ATTRIBUTES,
    SYSTEM_ATTRIBUTES,
    Meter,
    Reading,
    SystemReading,
)
from harness.wire.nskeyed import NSNull, archive

SHORTEST_S = 0.001
"""The shortest interval between two samples; also what a client gets that asks for none."""

SYSTEM_SAMPLE, PROCESS_SAMPLE = 33, 5
"""The ``Type`` of a sample. Source: public clients' captures."""


@dataclass(frozen=True)
class Config:
    """What a client wants to be told.

    Attributes:
        interval_s: between two samples, phone time.
        process_attributes: in the order of the values of a sample.
        system_attributes: likewise.
    """

    interval_s: float = SHORTEST_S
    process_attributes: tuple[str, ...] = ()
    system_attributes: tuple[str, ...] = ()


def config_of(asked: Mapping[str, object]) -> Config:
    """A ``setConfig:`` read.

    Args:
        asked: ``ur`` is the rate of messages in milliseconds, ``sampleInterval`` that of samples in
            nanoseconds; the slower counts, since a message without a new sample says nothing.
    """
    interval_s = max(_number(asked.get("ur")) / 1e3, _number(asked.get("sampleInterval")) / 1e9, SHORTEST_S)
    return Config(interval_s, _names(asked.get("procAttrs")), _names(asked.get("sysAttrs")))


def _number(value: object) -> float:
    # Neither infinity nor what is no number at all is a time.
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple | set | frozenset):
        return ()
    return tuple(str(one) for one in cast("Sequence[object]", value))


class Sysmontap(DvtChannel):
    """The channel of samples."""

    identifier = "com.apple.instruments.server.services.sysmontap"

    def __init__(self, phone: VirtualPhone, link: Link) -> None:
        super().__init__(phone, link)
        self._config = Config()
        self._meter = Meter(phone)
        self._timer: Timer | None = None
        self._last_ticks = 0

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """See ``DvtChannel.methods``."""
        return {
            "setConfig:": self._set_config,
            "start": self._start,
            "stop": self._stop,
            "pause": self._stop,
            "unpause": self._start,
        }

    def close(self) -> None:
        """See ``DvtChannel.close``."""
        self._stop()

    def _set_config(self, asked: object) -> Void:
        self._config = config_of(cast("dict[str, object]", asked) if isinstance(asked, dict) else {})
        return VOID

    def _start(self) -> Void:
        if self._timer is None:
            self._last_ticks = self._ticks()
            self._sample()
        return VOID

    def _stop(self) -> Void:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        return VOID

    def _ticks(self) -> int:
        return int(self.phone.clock.mono_s * MACH_TICKS_PER_S)

    def _sample(self) -> None:
        reading, ticks = self._meter.read(), self._ticks()
        span: dict[str, object] = {"StartMachAbsTime": self._last_ticks, "EndMachAbsTime": ticks}
        self._last_ticks = ticks
        self._timer = self.phone.clock.call_later(self._config.interval_s, self._sample)
        load, processes = _load_row(reading) | span, _process_row(reading, self._config) | span
        self.link.send_object([load | _system_values(reading, self._config)])
        self.link.send_data(archive([load, processes]))
        self.phone.clock.emitted()


def _load_row(reading: SystemReading) -> dict[str, object]:
    load_percent = sum(one.usage_percent or 0.0 for one in reading.processes)
    return {
        "CPUCount": CPU_COUNT,
        "EnabledCPUs": CPU_COUNT,
        "PerCPUUsage": [_load(load_percent / CPU_COUNT) for _ in range(CPU_COUNT)],
        "SystemCPUUsage": _load(load_percent),
        "Type": SYSTEM_SAMPLE,
    }


def _system_values(reading: SystemReading, config: Config) -> dict[str, object]:
    names = config.system_attributes
    values = [_value(SYSTEM_ATTRIBUTES, name, reading) for name in names]
    return {"System": values, "SystemAttributes": list(names)} if names else {}


def _load(total_percent: float) -> dict[str, object]:
    # That the loads of user and system read -1: a capture that a public client shows.
    return {
        "CPU_NiceLoad": 0.0,
        "CPU_SystemLoad": -1.0,
        "CPU_TotalLoad": total_percent,
        "CPU_UserLoad": -1.0,
    }


def _process_row(reading: SystemReading, config: Config) -> dict[str, object]:
    processes = {one.process.pid: _values(one, config) for one in reading.processes}
    return {"Processes": processes, "Type": PROCESS_SAMPLE}


def _values(one: Reading, config: Config) -> list[object]:
    return [_value(PROCESS_ATTRIBUTES, name, one) for name in config.process_attributes]


def _value(table: Mapping[str, Callable[..., object]], name: str, reading: object) -> object:
    """A value; nothing for an attribute that the phone does not have."""
    read = table.get(name)
    return read(reading) if read is not None else NSNull()
