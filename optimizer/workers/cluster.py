"""Work on a Dask cluster, whose machines see the same folders as this one."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from optimizer.errors import InputError
from optimizer.workers.workers import Done, Item, Lost

_PATIENCE = "20s"
_EXTRA = 'install it with:  pip install "quotaplan[dask]"'


class Cluster:
    """Several items at once, wherever the scheduler at an address sends them.

    The scheduler gives the item of a worker that is gone to another one.

    Parameters
    ----------
    address : str
        As Dask writes it, such as ``tcp://10.0.0.5:8786``.
    folder : Path, optional
        A folder that every worker must see.

    Raises
    ------
    InputError
        Where Dask is not installed.
    """

    def __init__(self, address: str, folder: Path | None = None) -> None:
        self.address = address
        self.folder = folder
        try:
            self._dask = importlib.import_module("distributed")
        except ImportError as error:
            raise InputError(f"--dask needs the package distributed; {_EXTRA}") from error

    def finished(
        self, work: Callable[[Item], Done], items: Sequence[Item]
    ) -> Iterator[tuple[int, Done | Lost]]:
        """Yield the position and the result of each item as it is finished.

        Raises
        ------
        InputError
            Where no scheduler answers, it has no workers, or they do not see the folder.
        """
        with self._client() as client:
            self._check(client)
            futures = {
                client.submit(work, item, pure=False): position
                for position, item in enumerate(items)
            }
            for future in self._dask.as_completed(futures):
                try:
                    yield futures[future], future.result()
                except self._dask.KilledWorker:
                    reason = "the workers of the cluster that tried it were gone before it was done"
                    yield futures[future], Lost(reason)

    def _client(self) -> Any:
        try:
            return self._dask.Client(self.address, timeout=_PATIENCE)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                f"--dask {self.address}: no scheduler answers there; start one with "
                "'dask scheduler' and name the address that it shows"
            ) from error

    def _check(self, client: Any) -> None:
        """Refuse a cluster without workers, with another version, or without the folder."""
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise InputError(
                f"--dask {self.address}: the scheduler has no workers; start some with "
                f"'dask worker {self.address} --nthreads 1'"
            ) from error
        if self.folder is None:
            return
        seen = client.run(_sees, str(self.folder.resolve()))
        if blind := sorted(worker for worker, there in seen.items() if not there):
            raise InputError(
                f"--dask {self.address}: {len(blind)} of {len(seen)} workers do not see the folder "
                f"{self.folder} ({blind[0]}); name one that all machines share, by the same path"
            )


def _sees(folder: str) -> bool:
    return Path(folder).is_dir()
