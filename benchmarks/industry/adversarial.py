# SPDX-License-Identifier: Apache-2.0
"""Reports as many offices write them, clean or with one planted contradiction: what the linter raises, and what it finds."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from sichen.adapters.industry_desk import Source, lint_of

COLUMNS = ("year", "area", "indicator", "value", "unit", "note", "source_url", "grade")
HEADS = {
    "en": dict.fromkeys(COLUMNS, ""),
    "upper": {"year": "Year", "area": "Region", "indicator": "Indicator", "value": "Value", "unit": "Unit", "note": "Notes"},
    "zh": {"year": "年份", "area": "地区", "indicator": "指标", "value": "数值", "unit": "单位", "note": "备注", "source_url": "来源", "grade": "等级"},
    "zh2": {"year": "时间", "area": "省份", "indicator": "指标名称", "value": "数据", "unit": "计量单位", "note": "说明", "source_url": "数据来源"},
}  # fmt: skip
WORDS = {
    "en": {
        "exports": "exports", "imports": "imports", "trade": "exports+imports", "output": "gross industrial output",
        "watches": "watches made", "clocks": "clocks made", "both": "clocks+watches made", "revenue": "above-scale revenue",
        "profit": "above-scale profit", "value": "watch exports, value", "quantity": "watch exports, quantity",
        "price": "mean price of watch exports", "share": "share of national clocks made",
    },
    "zh": {
        "exports": "出口额", "imports": "进口额", "trade": "进出口总额", "output": "工业总产值", "watches": "手表产量", "clocks": "时钟产量",
        "both": "", "revenue": "营业收入", "profit": "利润总额", "value": "手表出口额", "quantity": "手表出口量", "price": "手表出口平均单价",
        "share": "占全国时钟产量比重",
    },
}  # fmt: skip
UNITS = {
    ("en", "USD"): (("bn USD", 1e9), ("m USD", 1e6), ("USD million", 1e6), ("US$ bn", 1e9), ("100m USD", 1e8)),
    ("zh", "USD"): (("亿美元", 1e8), ("万美元", 1e4), ("百万美元", 1e6)),
    ("en", "CNY"): (("bn CNY", 1e9), ("RMB million", 1e6), ("CNY 100 million", 1e8), ("billion yuan", 1e9)),
    ("zh", "CNY"): (("亿元", 1e8), ("万元", 1e4), ("百万元", 1e6)),
    ("en", "piece"): (("million pieces", 1e6), ("million", 1e6), ("thousand pieces", 1e3), ("10,000 pieces", 1e4)),
    ("zh", "piece"): (("万只", 1e4), ("亿只", 1e8), ("千只", 1e3)),
}
COUNTRY = {"CN", "China", "中国", "全国"}


@dataclass
class Line:
    """One row before it is written: what, where, when, the true number and what it is counted in."""

    year: str
    area: str
    what: str
    true: float
    kind: str
    note: str = ""
    source: str = "https://example.org/a"
    shown: str = ""


def lines(dice: random.Random, language: str) -> list[Line]:
    """Make six years of a true industry."""
    country = dice.choice(["CN", "China"] if language == "en" else ["中国", "全国"])
    regions = dice.choice(
        [["CN-Fujian", "CN-Guangdong"], ["Fujian", "Guangdong"]]
        if language == "en"
        else [["福建", "广东"], ["福建省", "广东省"]]
    )
    sizes = {
        "exports": 5e9,
        "imports": 4e9,
        "output": 6e10,
        "watches": 6e8,
        "clocks": 4e8,
        "revenue": 3e10,
        "value": 3e9,
        "quantity": 7e8,
    }
    now = {name: size * dice.uniform(0.6, 1.6) for name, size in sizes.items()}
    found: list[Line] = []
    before: dict[str, float] = {}
    for year in range(2015, 2021):
        now = {name: size * dice.uniform(0.85, 1.2) for name, size in now.items()}
        here = {
            **now,
            "trade": now["exports"] + now["imports"],
            "profit": now["revenue"] * dice.uniform(0.03, 0.08),
            "both": now["clocks"] + now["watches"],
        }
        for name, true in here.items():
            if not WORDS[language][name]:
                continue
            kind = (
                "piece"
                if name in {"watches", "clocks", "both", "quantity"}
                else "USD"
                if name in {"exports", "imports", "trade", "value"}
                else "CNY"
            )
            found.append(Line(str(year), country, name, true, kind, _growth(dice, language, true, before.get(name))))
            if name == "profit":
                found[-1].note = f"{'利润率' if language == 'zh' else 'margin '}{100 * true / now['revenue']:.2f}%"
        found.append(Line(str(year), country, "price", now["value"] / now["quantity"], "price"))
        part = dice.uniform(0.3, 0.6)
        for region, share in zip(regions, (part, 0.97 - part), strict=True):
            found.append(Line(str(year), region, "clocks", now["clocks"] * share, "piece"))
            found.append(Line(str(year), region, "share", 100 * share, "%", _points(dice, language)))
        half = dice.choice([f"{year}H1", f"H1 {year}"] if language == "en" else [f"{year}年上半年", f"{year}H1"])
        found.append(Line(half, country, "output", now["output"] * dice.uniform(0.42, 0.5), "CNY"))
        months = dice.choice(
            [f"{year}-01..05", f"Jan-May {year}"] if language == "en" else [f"{year}年1-5月", f"{year}年1—5月"]
        )
        found.append(
            Line(
                months,
                country,
                "watches",
                now["watches"] * dice.uniform(0.36, 0.44),
                "piece",
                "累计增长3.1%" if language == "zh" else "",
            )
        )
        found.append(
            Line(
                f"{year}-05" if language == "en" else f"{year}年5月",
                country,
                "watches",
                now["watches"] * 0.085,
                "piece",
                "环比增长8.2%" if language == "zh" else "+8.2 % month on month",
            )
        )
        before = here
    return found


def _growth(dice: random.Random, language: str, true: float, base: float | None) -> str:
    if base is None or dice.random() < 0.3:
        return ""
    by, digits = 100 * (true / base - 1), dice.choice([1, 1, 2])
    size = f"{abs(by):.{digits}f}"
    if language == "zh":
        return dice.choice(
            [
                f"同比{'增长' if by >= 0 else '下降'}{size}%",
                f"比上年{'增长' if by >= 0 else '下降'}{size}%",
                f"按可比口径增长{abs(by) + 4:.1f}%",
                f"年均增长{abs(by) + 2:.1f}%",
            ]
        )
    return dice.choice(
        [
            f"{by:+.{digits}f}%",
            f"{'up' if by >= 0 else 'down'} {size} % year on year",
            f"stated growth {by:+.{digits}f} %",
            f"{abs(by) + 5:.1f}% growth in constant prices",
        ]
    )


def _points(dice: random.Random, language: str) -> str:
    return dice.choice(
        [
            "",
            "提高1.2个百分点" if language == "zh" else "+1.2 points",
            "较上年下降0.8个百分点" if language == "zh" else "up 0.8 percentage points",
        ]
    )


def write(found: list[Line], dice: random.Random, language: str) -> bytes:
    """Write the lines down: units, order of columns and rows, separators, headings, encoding."""
    usual = {kind: dice.choice(UNITS[language, kind]) for kind in ("USD", "CNY", "piece")}
    restless, wide, thousands = dice.random() < 0.3, dice.random() < 0.15, dice.random() < 0.4
    style = dice.choice(["en", "upper"] if language == "en" else ["zh", "zh2"])
    order = list(COLUMNS)
    dice.shuffle(order)
    if dice.random() < 0.6:
        dice.shuffle(found)
    sign = dice.choice(["\t", ";", ","])
    table = [[HEADS[style].get(name) or name for name in order]]
    for line in found:
        unit, scale = {"%": ("%", 1.0), "price": ("USD/piece" if language == "en" else "美元/只", 1.0)}.get(line.kind) or (
            dice.choice(UNITS[language, line.kind]) if restless else usual[line.kind]
        )
        number = line.true / scale
        digits = 1 if line.kind == "%" else max(0, dice.choice([4, 5]) - len(str(int(number))))
        text = line.shown or (f"{number:,.{digits}f}" if thousands else f"{number:.{digits}f}")
        text = "".join(chr(ord(sign_) + 0xFEE0) if sign_.isdigit() else sign_ for sign_ in text) if wide else text
        cells = {
            "year": line.year,
            "area": line.area,
            "indicator": WORDS[language][line.what],
            "value": text,
            "unit": unit,
            "note": line.note,
            "source_url": line.source,
            "grade": "B",
        }
        table.append([f'"{cells[name]}"' if sign in cells[name] else cells[name] for name in order])
    rows = [sign.join(row) for row in table]
    if dice.random() < 0.2:
        rows.insert(0, "# collected by an office")
    if dice.random() < 0.2:
        rows += ["", "Source: own files" if language == "en" else "数据来源：本所"]
    return "\n".join(rows).encode("gb18030" if language == "zh" and dice.random() < 0.5 else "utf-8-sig")


@dataclass(frozen=True)
class Draft:
    """A report before it is written, and the dice that choose where it goes wrong."""

    rows: list[Line]
    dice: random.Random
    language: str

    def pick(self, name: str, *, national: bool = True, year: str = "") -> Line:
        """Choose a figure of a whole year."""
        mine = [one for one in self.rows if one.what == name and one.year.isdecimal() and (one.area in COUNTRY) == national]
        return self.dice.choice([one for one in mine if not year or one.year == year])

    def off(self) -> float:
        """Return by how much a figure is wrong: by six or seven per cent."""
        return self.dice.choice([0.94, 1.07])

    def says(self, percent: float) -> str:
        """Write a growth."""
        return f"同比增长{percent}%" if self.language == "zh" else f"+{percent}%"


def _sum(draft: Draft) -> None:
    draft.pick("trade").true *= draft.off()
    for one in draft.rows:
        one.note = "" if one.what == "trade" else one.note


def _areas(draft: Draft) -> None:
    for one in draft.rows:
        if one.what == "clocks" and one.area not in COUNTRY:
            one.true *= 1.3


def _part_of_year(draft: Draft) -> None:
    next(one for one in draft.rows if one.what == "output" and not one.year.isdecimal()).true *= 3


def _growth_wrong(draft: Draft) -> None:
    draft.pick("output", year=draft.dice.choice(["2017", "2019"])).note = draft.says(67.3)


def _growth_of_sum(draft: Draft) -> None:
    year = draft.dice.choice(["2016", "2018"])
    for name, by in (("exports", 20.1), ("imports", 18.2), ("trade", 41.7)):
        draft.pick(name, year=year).note = draft.says(by)
    for one in draft.rows:
        if one.what in {"exports", "imports", "trade"} and one.year == str(int(year) - 1):
            one.area = "elsewhere"


def _unit_value(draft: Draft) -> None:
    draft.pick("price").true *= draft.off()


def _shares_sum(draft: Draft) -> None:
    for one in draft.rows:
        if one.year == "2018" and one.what == "share":
            one.true = 61.0
        if one.year == "2018" and one.what == "clocks":
            one.area = "elsewhere"


def _part_over_whole(draft: Draft) -> None:
    draft.pick("share", national=False).true *= 0.7


def _margin(draft: Draft) -> None:
    draft.pick("profit").note = "利润率14.20%" if draft.language == "zh" else "margin 14.20%"


def _said_twice(draft: Draft) -> None:
    one = draft.pick("exports")
    draft.rows.append(Line(one.year, one.area, "exports", one.true * draft.off(), "USD", source="https://example.org/b"))


def _unit_slip(draft: Draft) -> None:
    one = draft.pick("watches")
    draft.rows.append(Line(one.year, one.area, "watches", one.true * 10, "piece", source="https://example.org/b"))


def _dates(draft: Draft) -> None:
    draft.pick("imports", year="2020").source = "https://example.org/2016/0311/report.html"


PLANTED: dict[str, tuple[Callable[[Draft], None], set[str]]] = {
    "sum": (_sum, {"sum"}),
    "areas": (_areas, {"sum"}),
    "part of a year": (_part_of_year, {"sum"}),
    "growth": (_growth_wrong, {"growth"}),
    "growth of a sum": (_growth_of_sum, {"growth", "sum"}),
    "unit value": (_unit_value, {"unit value"}),
    "shares beyond 100": (_shares_sum, {"share"}),
    "part over whole": (_part_over_whole, {"share"}),
    "margin": (_margin, {"share"}),
    "said twice": (_said_twice, {"cross-source"}),
    "unit slip": (_unit_slip, {"units"}),
    "dates": (_dates, {"dates"}),
}


def draft_of(seed: int) -> Draft:
    """Make a true report; even seeds are English, odd ones Chinese."""
    dice = random.Random(seed)  # noqa: S311 - a synthetic report is no secret
    language = ("en", "zh")[seed % 2]
    return Draft(lines(dice, language), dice, language)


def read(draft: Draft) -> tuple[set[str], int]:
    """Write a report, read it, and return the rules that it breaks and how many rows were refused."""
    found, refusals = lint_of(Source(write(draft.rows, draft.dice, draft.language), "report.csv"))
    return {one.rule for one in found}, len(refusals)


def power(what: str, reports: int) -> tuple[float, float]:
    """Return the shares of reports with this contradiction that raise anything, and that raise its own rule."""
    plant, rules = PLANTED[what]
    caught = right = 0
    for seed in range(50_000, 50_000 + reports):
        draft = draft_of(seed)
        plant(draft)
        broken, _ = read(draft)
        caught, right = caught + bool(broken), right + bool(broken & rules)
    return caught / reports, right / reports
