# SPDX-License-Identifier: Apache-2.0
"""Both languages come from one glossary."""

from pathlib import Path

from sichen.core import glossary

ROOT = Path(__file__).parent.parent
PROSE = sorted(
    path
    for folder in ("src", "docs", "changes")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".toml", ".md", ".html"} and path.name != "glossary.toml"
) + [path for path in (ROOT / "README.md", ROOT / "README.zh-CN.md") if path.exists()]


def test_a_term_has_both_languages_and_a_source() -> None:
    for name, term in glossary().items():
        assert term.en, name
        assert term.zh, name
        assert term.source, name
        assert term.en.isascii() or "(" in term.en, name


def test_no_two_terms_share_a_chinese_name() -> None:
    names = [term.zh for term in glossary().values()]
    assert len(set(names)) == len(names)


def test_nobody_uses_another_translation() -> None:
    forbidden = {word: name for name, term in glossary().items() for word in term.never}
    for path in PROSE:
        text = path.read_text(encoding="utf-8")
        for word, name in forbidden.items():
            assert word not in text, f"{path.relative_to(ROOT)} says {word}; the glossary says {glossary()[name].zh}"
