# SPDX-License-Identifier: Apache-2.0
"""The answer does not depend on where it was worked out."""

import pytest

from sichen.core import ConfigError, SourceError, TooFewSamples, open_executor


def cube(n: int) -> int:
    """Stand for a piece of work."""
    return n**3


def fail(n: int) -> int:
    """Stand for work that cannot be done."""
    raise TooFewSamples(got=n, need=3)


@pytest.mark.parametrize("spec", ["serial", "threads:2", pytest.param("processes:2", marks=pytest.mark.slow)])
def test_every_executor_gives_the_same_answer_and_the_same_error(spec: str) -> None:
    with open_executor(spec) as executor:
        assert list(executor.map(cube, range(5))) == [0, 1, 8, 27, 64]
        with pytest.raises(TooFewSamples, match="got 2 samples, need 3"):
            executor.submit(fail, 2).result()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the cluster's own event loop warns while it closes
def test_dask_gives_the_same_answer() -> None:
    with open_executor("dask") as executor:
        assert list(executor.map(cube, range(5))) == [0, 1, 8, 27, 64]


@pytest.mark.parametrize("spec", ["", "serial:2", "processes:0", "threads:many", "cloud"])
def test_an_unknown_way_to_run_is_refused(spec: str) -> None:
    with pytest.raises(ConfigError, match="not a way to run"), open_executor(spec):
        pass


def test_errors_are_also_the_builtin_ones() -> None:
    assert issubclass(TooFewSamples, ValueError)
    assert issubclass(SourceError, OSError)
    assert SourceError("the device is gone").exit_code == 3
