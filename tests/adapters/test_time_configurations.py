# SPDX-License-Identifier: Apache-2.0
"""Configurations as people write them: with slips of the pen, from an editor that puts a mark before the text."""

from pathlib import Path

import pytest

from sichen.adapters.time_service_desk import plan_of
from sichen.adapters.timebase_desk import simulate_file
from sichen.core import ConfigError
from sichen.timebase.service import ready_plans
from sichen.timebase.virtual import ready_situations

GOOD = 'name = "a"\n[[source]]\nname = "S"\nkind = "system"\nu = 1e-3\njitter = 1e-3\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + '[[output]]\nkind = "ntp"\nallowed = ["10.0.0.0/33"]', r"output\.ntp\.allowed.*10\.0\.0\.0/33"),
        (GOOD + '[[output]]\nkind = "ntp"\ndenied = ["yesterday"]', "yesterday"),
        (GOOD + '[[output]]\nkind = "ntp"\ninterval = -1.0', r"output\.interval"),
        (GOOD + '[[output]]\nkind = "ntp"\nburst = 0', r"output\.burst"),
        (GOOD + '[[output]]\nkind = "strings"\npath = "x"\ntalker = "a,"', r"output\.strings\.talker"),
        (GOOD + '[[output]]\nkind = "strings"\npath = "x"\nsentences = []', "sentences"),
        (GOOD + '[[output]]\nkind = "strings"\npath = "x"\noffset = 100000', r"output\.offset"),
        (GOOD + '[[output]]\nkind = "slave_clocks"\npath = "x"\nevery = 60.0\ndial = 13', r"output\.dial"),
        (GOOD + "[arbiter]\nusable = nan", r"arbiter\.usable"),
        (GOOD + "[arbiter]\nslew = 1.0", r"arbiter\.slew"),
        (GOOD.replace("u = 1e-3", "u = inf"), r"source\.u"),
    ],
)
def test_slip_of_the_pen_is_found_at_the_desk_and_not_by_the_clients(tmp_path: Path, text: str, said: str) -> None:
    config = tmp_path / "house.toml"
    config.write_text(text)
    with pytest.raises(ConfigError, match=said):
        plan_of(str(config))


def test_editor_that_marks_its_text_as_unicode_is_no_error(tmp_path: Path) -> None:
    config, situation = tmp_path / "house.toml", tmp_path / "situation.toml"
    config.write_bytes(b"\xef\xbb\xbf" + ready_plans()["school"].replace("\n", "\r\n").encode())
    assert plan_of(str(config)).name == "school"
    situation.write_bytes(b"\xef\xbb\xbf" + b'title = "x"\nhours = 0.2\n[[source]]\nname = "A"\nu = 1e-7\njitter = 1e-8\n')
    assert simulate_file(situation).limits == ()


@pytest.mark.parametrize("name", sorted(ready_plans()))
def test_ready_configurations_pass_the_desk(name: str) -> None:
    assert plan_of(name).source
    assert ready_situations()
