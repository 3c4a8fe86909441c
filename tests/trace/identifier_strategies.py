# SPDX-License-Identifier: Apache-2.0
"""Random keys, serials and links, leaning to leading zeros and to every alphabet."""

from hypothesis import strategies as st

from sichen.trace.identifiers import DigitalLink, Element, ElementString, build_link, check_digit
from sichen.trace.identifiers.check_digits import CHARACTERS

ALPHABETS = ("0123456789", "0123456789ABCDEF", "0123456789abcdef", "ABCXYZabcxyz0189-_", CHARACTERS)


def texts(most: int) -> st.SearchStrategy[str]:
    """Values of an open field: zeros in front, digits, hexadecimal, safe, or any of the 82 characters."""
    tails = st.sampled_from(ALPHABETS).flatmap(lambda alphabet: st.text(alphabet, min_size=1, max_size=most))
    return st.tuples(st.integers(0, 4), tails).map(lambda pair: ("0" * pair[0] + pair[1])[:most])


gtins = st.text("0123456789", min_size=13, max_size=13).map(lambda digits: digits + check_digit(digits))
dates = st.sampled_from(["240229", "301231", "000100", "991201"])


@st.composite
def links(draw: st.DrawFn) -> DigitalLink:
    """Draw a GTIN with some qualifiers and attributes, in any order of the attributes."""
    fields = [Element("01", draw(gtins))]
    fields += [Element(ai, draw(texts(20))) for ai in ("22", "10", "21") if draw(st.booleans())]
    attributes = [Element("17", draw(dates)), Element("3103", draw(st.text("0123456789", min_size=6, max_size=6)))]
    attributes += [Element("99", draw(texts(90))), Element("240", draw(texts(30)))]
    fields += draw(st.permutations([element for element in attributes if draw(st.booleans())]))
    return build_link(ElementString(tuple(fields)), stem=draw(st.sampled_from(["https://id.gs1.org", "https://a.example/w"])))
