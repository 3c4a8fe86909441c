# SPDX-License-Identifier: Apache-2.0
"""The rules for people: which passwords are taken, how long guessing waits, which role may what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import ConfigError, DataError, Duration, Instant, NotConforming
from sichen.trace.people import ACCOUNT, ACTS, PRIVATE, ROLES, Access, Attempts, Role, approve, ask, check_password, role_of
from sichen.trace.people.passwords import LEAST, WORTH, made_up_password, worth
from sichen.trace.people.roles import READING

START = Instant(1_700_000_000 * 10**9)
GOOD = ["four blue hands wound", "甲骨与摆轮从未在同一张纸上相遇过", "copper-lantern-quiet-meadow", "x7#k" * 2 + "Qm!2pLw0"]
EASY = [
    *("passwordpassword", "Password1234567!", "aaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "qwertyuiopasdfg"),
    *("123456789012345", "woaini5201314520", "sichen-sichen-2026", "ada.lovelace-ada.lovelace", "zxcvbnm,zxcvbnm"),
]


@pytest.mark.parametrize("password", GOOD)
def test_words_that_have_nothing_to_do_with_each_other_are_taken(password: str) -> None:
    assert check_password(password, about=("ada", "Ada Lovelace")) == password


WORDS = ("password", "admin", "qwerty", "sichen", "rolex", "woaini", "iloveyou", "letmein", "watch", "huawei", "welcome")
ENDS = ("1234567890", "2026", "!2026", "123!", "@123456", "20261123", "888888", "!!!!!!", "1990-01-01")
WALKS = (
    "1q2w3e4r5t6y7u8i9o",
    "q1w2e3r4t5y6u7i8",
    "zaq12wsxcde34rfv",
    "147258369147258369",
    "!@#$%^&*()_+!@#$",
    "qweasdzxcqweasdzxc",
)


def commonest() -> list[str]:
    """Return some thousand passwords of the kinds that head every list, made by rules: none is taken from such a list."""
    bends = (
        str.lower,
        str.capitalize,
        str.upper,
        lambda word: word.replace("a", "@").replace("o", "0").replace("e", "3"),
    )
    made = [bend(word) * times + end for word in WORDS for bend in bends for times in (1, 2, 3) for end in ("", *ENDS)]
    made += [bend(one) + bend(two) + end for one in WORDS for two in WORDS for bend in bends for end in ("", *ENDS)]
    made += [key * count for key in "aA1!0.圈" for count in (15, 16, 20, 32)]
    made += [f"{first}{second}{end}" for first in WALKS for second in ("", *WALKS) for end in ("", "!", "1")]
    return sorted({one for one in made if len(one) >= LEAST})


def test_thousands_of_the_commonest_passwords_are_refused() -> None:
    tried = commonest()
    assert len(tried) > 3000
    assert [one for one in tried if worth(one) >= WORTH] == []


@pytest.mark.parametrize("password", EASY)
def test_length_counts_and_what_everybody_tries_does_not(password: str) -> None:
    with pytest.raises(DataError, match="among the first"):
        check_password(password, about=("ada.lovelace", "Ada Lovelace"))


@given(st.text(max_size=14))
def test_a_short_password_is_refused_whatever_it_holds(password: str) -> None:
    with pytest.raises(DataError):
        check_password(password)


@given(st.from_regex(r"[a-z0-9]{1,30}", fullmatch=True), st.integers(2, 5))
def test_saying_a_password_again_adds_nothing(password: str, times: int) -> None:
    assert worth(password * times) <= len(password) + 1


def test_a_password_that_the_computer_makes_up_is_never_refused() -> None:
    assert all(check_password(made_up_password()) for _ in range(300))


def test_two_keyboards_write_the_same_password() -> None:
    assert check_password("caf\u00e9 et remontoir") == check_password("cafe\u0301 et remontoir")
    with pytest.raises(DataError, match=f"{LEAST} are needed"):
        check_password("cafe\u0301 et montre"[:LEAST])
    with pytest.raises(DataError, match="the most"):
        check_password("x" * 300)


@given(st.lists(st.floats(0, 2000), max_size=60))
def test_a_guesser_never_tries_faster_than_the_rule_and_never_waits_longer(pauses: list[float]) -> None:
    counted, at, failures = Attempts(ACCOUNT), START, 0
    for pause in pauses:
        at += Duration.of_seconds(pause)
        remaining = counted.remaining("ada", at)
        assert 0 <= remaining.ns <= ACCOUNT.longest.ns
        if not remaining.ns:
            failures = counted.failed("ada", at)
            assert counted.remaining("ada", at) == ACCOUNT.wait(failures)
    counted.succeeded("ada")
    assert counted.remaining("ada", at).ns == 0


def test_a_flood_of_names_takes_no_more_room() -> None:
    counted = Attempts(ACCOUNT, most=100)
    for number in range(1000):
        counted.failed(f"made-up-{number}", START)
    assert len(counted._failures) == 100


@given(st.sampled_from(ROLES), st.sampled_from(["GET", "HEAD", "POST", "DELETE", "PUT"]), st.sets(st.sampled_from(ROLES)))
def test_a_rule_lets_in_whom_it_names_and_nobody_else(role: Role, method: str, named: set[Role]) -> None:
    rule = Access(read=named, write=(), apart={"/deep/er": Access((), named)})
    assert rule.lets(role, method, "/deep") is (role in named and method in READING)
    assert rule.lets(role, method, "/deep/er/x") is (role in named and method not in READING)


def test_public_is_the_role_of_no_account() -> None:
    for name in ("public", "king", ""):
        with pytest.raises(ConfigError):
            role_of(name)
    assert {role_of(role) for role in PRIVATE} == PRIVATE


@given(st.sampled_from(sorted(ACTS)), st.sampled_from(sorted(PRIVATE)), st.sampled_from(sorted(PRIVATE)), st.booleans())
def test_an_act_is_approved_exactly_by_another_person_with_the_right(act: str, asker: Role, second: Role, same: bool) -> None:
    if asker not in ACTS[act].asks:
        with pytest.raises(NotConforming):
            ask("1", act, "lot:L7", reason="rust", account="p-1", role=asker, now=START)
        return
    request = ask("1", act, "lot:L7", reason="rust", account="p-1", role=asker, now=START)
    account, role = ("p-1", asker) if same else ("p-2", second)
    if same or role not in ACTS[act].approves:
        with pytest.raises(NotConforming):
            approve(request, account=account, role=role, now=START)
    else:
        assert approve(request, account=account, role=role, now=START).stage == "approved"
