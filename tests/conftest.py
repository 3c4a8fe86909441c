# SPDX-License-Identifier: Apache-2.0
"""What all tests share: the data folder beside the repository, and the profiles of hypothesis."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A first call of a kernel compiles for a third of a second: a deadline would call that a failure.
settings.register_profile("quick", max_examples=50, deadline=None, derandomize=True, database=None, print_blob=True)
settings.register_profile("deep", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("SICHEN_HYPOTHESIS", "quick"))

SHARED = Path(os.environ.get("SICHEN_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Find the folder of real recordings, logs and published vectors; a test that needs it skips where it is absent."""
    if not SHARED.is_dir():
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent(f"needs the data folder beside the repository, {SHARED.name}/, or SICHEN_SHARED_DATA naming one")
    return SHARED
