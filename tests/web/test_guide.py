# SPDX-License-Identifier: Apache-2.0
"""Every page has its help, in both languages."""

import re

import pytest
from tests.web.conftest import Call

from sichen.web.guide import TOPICS


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_topic_is_explained_in_the_reader_s_language(call: Call, topic: str, language: str) -> None:
    text = call("GET", f"/guide/{topic}?lang={language}").text

    prose = text.partition('<div class="prose guide">')[2].partition("</div>")[0]
    assert len(prose) > 100
    assert bool(re.search("[一-龥]{8}", prose)) == (language == "zh")
    assert call("GET", TOPICS[topic]).status_code == 200


def test_the_contents_name_every_topic_and_an_unknown_one_is_not_here(call: Call) -> None:
    text = call("GET", "/guide").text

    assert all(f'href="/guide/{topic}"' in text for topic in TOPICS)
    assert call("GET", "/guide/astrology").status_code == 404
