"""Files that are whole, or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file, which its owner alone can read: on disk and whole before it has its name. FileExistsError if there is one of that name by then."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-") as file:  # made with mode 0600
        yield file
        file.flush()
        os.fsync(file.fileno())
        os.link(file.name, path)
    flush_names(path.parent)


def flush_names(path: Path) -> None:
    """Have the names of files in a folder on disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
