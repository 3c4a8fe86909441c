# SPDX-License-Identifier: Apache-2.0
"""The tables of the guides say who sees and does what, exactly as the rules do."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sichen.trace.roles import RELATIONS, ROLES, Relation, Role, What, allowed

HOME = Path(__file__).parent.parent
SEES: tuple[What, ...] = ("parts", "timeline", "readings", "certificates", "service", "warranty", "custody", "evidence")
DOES: tuple[What, ...] = (
    *("commission", "case", "certify", "ship", "sell", "hand_over", "service_entry"),
    *("lose", "find", "recall", "correct", "retire", "extract", "register_search"),
)
ENGLISH: Mapping[str, str] = {
    **{name: name.replace("_", " ") for name in (*SEES, *DOES, *ROLES)},
    "lose": "report missing",
    "find": "report found",
    "correct": "declare an error",
    "case": "parts in and out",
    "certify": "inspect",
    "ship": "pass on",
    "service_entry": "service entry",
    "extract": "archive extract",
    "register_search": "ask the register",
    "retire": "end of life",
    "maker": "the house",
    "holder": "has it now",
    "seller": "sold it, first owner",
    "owner": "is its owner",
    "tester": "has it to test",
    "mandate": "has a mandate",
}
CHINESE: Mapping[str, str] = {
    "parts": "零件",
    "timeline": "经历",
    "readings": "检测数据",
    "certificates": "证书",
    "service": "维修记录",
    "warranty": "保修",
    "custody": "流转",
    "evidence": "证据",
    "commission": "赋码",
    "case": "装拆零件",
    "certify": "检验",
    "ship": "转交",
    "sell": "销售",
    "hand_over": "移交",
    "service_entry": "填维修单",
    "lose": "报失",
    "find": "报告找回",
    "recall": "召回",
    "correct": "声明错误",
    "retire": "终止",
    "extract": "档案摘录",
    "register_search": "查询登记簿",
    "brand_admin": "品牌管理员",
    "factory_line": "生产线",
    "qc": "质检",
    "lab": "检测实验室",
    "retailer": "零售商",
    "service_centre": "维修中心",
    "owner": "表主",
    "insurer": "保险公司",
    "officer": "海关或市场监管人员",
    "auditor": "审计员",
    "maker": "本单位",
    "holder": "现持有",
    "seller": "售出且仍属首位表主",
    "tester": "受托检测",
    "mandate": "有授权",
}


def row(role: Role, relation: Relation, words: Mapping[str, str], joined: str) -> str:
    """Write a row of the table; empty where the relation gives a role nothing."""
    may = allowed(role, {relation})
    if may == {"public"}:
        return ""
    seen, done = (joined.join(words[what] for what in names if what in may) or "—" for names in (SEES, DOES))
    related = "本人的表" if relation == "owner" and words is CHINESE else words[relation]
    return f"| {words[role]} | {related} | {seen} | {done} |"


def table(words: Mapping[str, str], joined: str) -> list[str]:
    """Write all rows."""
    rows = (row(role, relation, words, joined) for role in ROLES for relation in RELATIONS)
    return [one for one in rows if one]


@pytest.mark.parametrize(
    ("page", "words", "joined"), [("docs/guide/passport.md", ENGLISH, ", "), ("docs/zh/passport.md", CHINESE, "、")]
)
def test_the_guide_tells_who_sees_and_does_what(page: str, words: Mapping[str, str], joined: str) -> None:
    text = (HOME / page).read_text(encoding="utf-8")
    missing = [one for one in table(words, joined) if one not in text]
    assert not missing
