# SPDX-License-Identifier: Apache-2.0
"""Check digits and check characters of the keys of GS1."""

from sichen.core import DataError, Message

# The 82 characters of GS1 in the order of their values (GS1 General Specifications, figure 7.11-1).
CHARACTERS = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_PAIR_CHARACTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PAIR_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
_PAIR_MODULUS = 1021


def check_digit(digits: str) -> str:
    """Return the check digit that belongs behind some digits.

    Parameters
    ----------
    digits : str
        Without the check digit; weights 3 and 1 alternate from the right [1]_.

    Returns
    -------
    str
        One digit.

    Raises
    ------
    DataError
        If there is anything but digits.

    References
    ----------
    .. [1] GS1 General Specifications, section 7.9.1.

    Examples
    --------
    >>> check_digit("0952012345678")
    '8'
    """
    if not (digits.isascii() and digits.isdigit()):
        raise DataError(Message("trace.identifiers.not_digits", value=digits))
    total = 3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def has_check_digit(digits: str) -> bool:
    """Tell whether the last digit is the check digit of the others."""
    return len(digits) > 1 and digits.isascii() and digits.isdigit() and check_digit(digits[:-1]) == digits[-1]


def check_pair(model: str) -> str:
    """Return the two check characters of a Global Model Number.

    Parameters
    ----------
    model : str
        Up to 23 of the 82 characters, without the pair.

    Returns
    -------
    str
        Two characters; they reveal every single wrong character and every exchange of two neighbours [1]_.

    Raises
    ------
    DataError
        If the text is too long or has another character.

    References
    ----------
    .. [1] GS1 General Specifications, section 7.9.5: descending primes as weights, modulus 1021.

    Examples
    --------
    >>> check_pair("1987654Ad4X4bL5ttr2310c")
    '2K'
    """
    if not 0 < len(model) <= len(_PAIR_PRIMES) or any(character not in CHARACTERS for character in model):
        raise DataError(Message("trace.identifiers.not_a_model_number", value=model))
    weights = reversed(_PAIR_PRIMES[: len(model)])
    total = sum(CHARACTERS.index(character) * weight for character, weight in zip(model, weights, strict=True))
    high, low = divmod(total % _PAIR_MODULUS, 32)
    return _PAIR_CHARACTERS[high] + _PAIR_CHARACTERS[low]
