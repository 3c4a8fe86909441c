# SPDX-License-Identifier: Apache-2.0
"""Where batch work runs. The port is `concurrent.futures.Executor`; the answer never depends on the choice."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from sichen.core.errors import ConfigError
from sichen.core.message import Message

P = ParamSpec("P")
T = TypeVar("T")


class SerialExecutor(Executor):
    """Run each task at once, in this process: the default, and the easiest to debug."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":  # noqa: ANN401 - the signature of the standard library
        """Run a task now and return its finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - a future carries any failure of its task
            future.set_exception(error)
        return future


@contextmanager
def open_executor(spec: str = "serial") -> Iterator[Executor]:
    """Open an executor for the time of a ``with`` block.

    Parameters
    ----------
    spec : str
        ``serial``, ``threads[:n]``, ``processes[:n]`` or ``dask[:address]``; n defaults to the number of cores.

    Yields
    ------
    concurrent.futures.Executor

    Raises
    ------
    ConfigError
        If `spec` is none of these, or Dask is not installed.

    Examples
    --------
    >>> with open_executor("threads:2") as executor:
    ...     list(executor.map(abs, [-1, 2]))
    [1, 2]
    """
    kind, _, argument = spec.partition(":")
    if kind == "serial" and not argument:
        yield SerialExecutor()
    elif kind == "threads":
        with ThreadPoolExecutor(_count(argument, spec)) as threads:
            yield threads
    elif kind == "processes":
        # spawn: a fork under running threads may hang; one BLAS thread a child, or the children fight for cores.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(_count(argument, spec), mp_context=context, initializer=_calm_child) as processes:
            yield processes
    elif kind == "dask":
        with _dask(argument) as cluster:
            yield cluster
    else:
        raise ConfigError(Message("core.unknown_executor", spec=spec))


def _count(argument: str, spec: str) -> int:
    if not argument:
        return os.cpu_count() or 1
    if not argument.isdecimal() or int(argument) < 1:
        raise ConfigError(Message("core.unknown_executor", spec=spec))
    return int(argument)


def _calm_child() -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError(Message("core.no_dask")) from error
    client: Any = Client(address) if address else Client(processes=True, threads_per_worker=1, dashboard_address=None)
    with client:
        yield client.get_executor()
