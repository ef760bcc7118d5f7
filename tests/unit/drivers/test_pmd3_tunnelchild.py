from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from harness.drivers.pmd3.tunnelchild_words import Order, Report, failure, strange
from harness.errors import PairingRequired

ORDER = Order("desk-15", "00008120-001A", "/tmp/ih-12345678", 30.0)


def test_an_order_and_a_report_arrive_as_they_were_sent() -> None:
    assert Order.of(ORDER.line()) == ORDER
    report = Report("fd00::1", 58783)
    assert Report.of(report.line()) == report


def test_an_error_of_the_child_is_raised_by_its_parent_with_all_its_parts() -> None:
    error = PairingRequired("opening its tunnel failed: not paired", phone="desk-15", fix="Tap Trust.")
    with pytest.raises(PairingRequired) as raised:
        Report.of(failure(error))
    assert vars(raised.value) == vars(error)


def test_what_has_no_name_is_raised_under_the_name_it_had_in_the_child() -> None:
    with pytest.raises(RuntimeError, match=r"^KeyError: 'serverAddress'$"):
        Report.of(strange(KeyError("serverAddress")))


def test_a_child_that_ends_without_a_word_is_a_connection_that_was_reset() -> None:
    with pytest.raises(ConnectionResetError):
        Report.of(b"")


def test_a_child_whose_parent_ends_before_it_has_ordered_anything_ends_in_silence() -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "harness.drivers.pmd3.tunnelchild"]
    with theirs, subprocess.Popen(command, stdin=theirs.fileno(), stderr=subprocess.PIPE) as child:
        ours.close()
        assert child.communicate(timeout=30) == (None, b"")
    assert child.returncode == 0
