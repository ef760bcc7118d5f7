"""Files that a test leaves for its reader, besides its timeline."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from harness.errors import ConfigError


class Artifacts:
    """The files of one test; made when the first is added.

    They are kept whether the test passes or not, and also when its worker dies.

    Args:
        directory: where they lie until the report takes them.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, name: str) -> Path:
        """Where a file with a name belongs, for something that writes it itself.

        Args:
            name: file name, which may have directories in it, such as ``screens/1.png``.

        Raises:
            ConfigError: the name leads out of the directory.
        """
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or not parts.name:
            raise ConfigError(f"{name!r} is no name of an artifact, expected one such as screens/1.png")
        path = self.directory / parts
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def add(self, name: str, content: str | bytes) -> Path:
        """Keep a file; text is redacted when the report takes it, bytes that are no text are not.

        Args:
            name: as of ``path``; one that is there is replaced.
            content: what is in it.

        Raises:
            ConfigError: the name leads out of the directory.
            OSError: it cannot be written.
        """
        path = self.path(name)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path
