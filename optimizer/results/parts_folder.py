"""A folder for the parts that a file is put together from."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.errors import InputError
from optimizer.results.run_folder import NO_ROOM


@contextmanager
def parts_folder(name: str) -> Iterator[Path]:
    """Yield a folder for the parts that a file is put together from; it is deleted in the end.

    Raises
    ------
    InputError
        Where there is no room for them, naming the file.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="quotaplan-") as folder:
            yield Path(folder)
    except Exception as error:
        # A library may wrap what the system says.
        causes = (error, *error.args)
        full = [one for one in causes if isinstance(one, OSError) and one.errno in NO_ROOM]
        if not full:
            raise
        raise InputError(
            f"{name}: there is no room to put it together ({full[0].strerror}); make some in "
            f"{tempfile.gettempdir()}, or name another folder for temporary files in TMPDIR"
        ) from error
