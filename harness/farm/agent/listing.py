"""What devices.yaml says of a host's phones, for as long as its agent runs: read again when it was changed.

Theory. Who edits the file wants the next run to go by it, and not every phone of the host to be cut off by an
agent that starts again. So a file that is right counts at once, and one that is wrong changes nothing. A file
is read once it has stood still between two looks: editors and version control write it in several steps.
"""

from __future__ import annotations

from pathlib import Path

from harness.config.devices import DevicesFile, load_devices
from harness.errors import ConfigError

_Stamp = tuple[int, int, int]
_ABSENT: _Stamp = (0, 0, 0)


class HostListing:
    """The devices.yaml of a host, with only the phones there.

    Args:
        file: as it was when the agent began.
        host: the machine, as the file calls it.

    Attributes:
        wrong: what is wrong with the file now, or does not count yet, one line; empty while nothing is.
    """

    def __init__(self, file: DevicesFile, host: str) -> None:
        self.wrong = ""
        self._file = file
        self._host = host
        self._store = file.store
        self._seen: _Stamp | None = None
        self._read: _Stamp | None = None

    def look(self) -> DevicesFile:
        """The file as it was when it was last right; the same object while it says the same of this host."""
        stamp = _stamp(self._file.path)
        stands, self._seen = stamp == self._seen, stamp
        if stands and stamp != self._read:
            self._take_in(stamp)
        return self._file

    def _take_in(self, stamp: _Stamp) -> None:
        try:
            whole = load_devices(self._file.path)
        except ConfigError as error:
            # Read again at each look: what it names, such as an app's profile, may be all that lacks, and a
            # file that was moved away and back is the one that was read before.
            self._read = None
            what = str(error).removesuffix(f". {error.fix}").partition("\n")[0]
            self.wrong = f"{what}. Until it is right, phones are served as it said before"
            return
        self._read = stamp
        self._go_by(whole)

    def _go_by(self, whole: DevicesFile) -> None:
        try:
            told, self.wrong = whole.on(self._host), self._unheeded(whole)
        except ConfigError as error:
            # What a person has taken out is theirs, also when it was the last phone here.
            told = whole.model_copy(update={"devices": ()}).located(whole.path)
            self.wrong = f"{error.what}: none is granted to anybody"
        if told != self._file:
            self._file = told

    def _unheeded(self, whole: DevicesFile) -> str:
        if whole.store == self._store:
            return ""
        return (
            f"{whole.path}: its 'store:' is another one now, and this agent stays with the one it began with"
        )


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return _ABSENT
    return (found.st_mtime_ns, found.st_size, found.st_ino)
