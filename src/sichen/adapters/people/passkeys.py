# SPDX-License-Identifier: Apache-2.0
"""Passkeys: a key in a telephone or a stick signs a challenge; no secret of ours can be stolen or guessed (WebAuthn)."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from sichen.adapters.clock import now
from sichen.adapters.people.desk import LONGEST_NAME, People, SignInRefused
from sichen.adapters.people.store import Passkey, Person
from sichen.core import DataError, Duration, Instant, Message

VALID = Duration.of_seconds(300)
MOST_PENDING = 1000
MOST_A_PERSON = 10


@dataclass(frozen=True)
class Place:
    """Where a browser thinks that it is.

    Parameters
    ----------
    host : str
        Name without port; a passkey belongs to it.
    origin : str
        With scheme and port.
    """

    host: str
    origin: str


class Passkeys:
    """Registers passkeys and lets people sign in with them.

    Parameters
    ----------
    people : People
    clock : callable
    """

    def __init__(self, people: People, *, clock: Callable[[], Instant] = now) -> None:
        self._people = people
        self._clock = clock
        self._pending: OrderedDict[bytes, tuple[str, Instant]] = OrderedDict()
        self._lock = threading.Lock()

    def begin_registration(self, person: Person, place: Place) -> str:
        """Return what a browser needs to make a passkey, as JSON."""
        import webauthn
        from webauthn.helpers import structs

        known = self._people.store.passkeys(person.id)
        if len(known) >= MOST_A_PERSON:
            raise DataError(Message("adapters.people.many_passkeys", most=MOST_A_PERSON))
        options = webauthn.generate_registration_options(
            rp_id=_domain(place),
            rp_name="Sichen",
            user_name=person.account,
            user_display_name=person.name,
            user_id=person.id.encode(),
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one.credential) for one in known],
        )
        self._remember(options.challenge, person.id)
        return webauthn.options_to_json(options)

    def register(self, person: Person, credential: str, place: Place, *, label: str) -> None:
        """Keep a passkey that a browser has made.

        Raises
        ------
        DataError
            If the answer does not belong to a question of ours, or its signature is wrong.
        """
        import webauthn
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=self._asked(credential, person.id),
                expected_rp_id=_domain(place),
                expected_origin=place.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise DataError(Message("adapters.people.bad_passkey")) from error
        passkey = Passkey(made.credential_id, person.id, made.credential_public_key, made.sign_count, label[:LONGEST_NAME])
        self._people.store.add_passkey(passkey, self._clock())
        self._people.tell(person.id, "passkey", by=person.id)

    def begin_sign_in(self, place: Place) -> str:
        """Return what a browser needs to sign in with whichever passkey it has for us, as JSON."""
        import webauthn
        from webauthn.helpers import structs

        required = structs.UserVerificationRequirement.REQUIRED
        options = webauthn.generate_authentication_options(rp_id=_domain(place), user_verification=required)
        self._remember(options.challenge, "")
        return webauthn.options_to_json(options)

    def sign_in(self, credential: str, place: Place, *, label: str = "", old: str = "") -> str:
        """Check what a passkey signed and begin a session; return its token.

        Raises
        ------
        SignInRefused
            If nobody has this passkey, or it signed something else.
        """
        import webauthn
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            passkey = self._people.store.passkey(webauthn.base64url_to_bytes(str(json.loads(credential)["id"])))
            if passkey is None:
                raise SignInRefused(Message("adapters.people.bad_passkey"))
            found = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=self._asked(credential, ""),
                expected_rp_id=_domain(place),
                expected_origin=place.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.uses,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise SignInRefused(Message("adapters.people.bad_passkey")) from error
        self._people.store.used_passkey(passkey.credential, found.new_sign_count)
        person = self._people.store.person(passkey.person)
        return self._people.admit(person, label=label, old=old, how="passkey")

    def remove(self, person: Person, credential: bytes) -> None:
        """Forget a passkey of a person."""
        self._people.store.remove_passkey(person.id, credential)
        self._people.tell(person.id, "passkey_removed", by=person.id)

    def _remember(self, challenge: bytes, person: str) -> None:
        with self._lock:
            self._pending[challenge] = (person, self._clock() + VALID)
            while len(self._pending) > MOST_PENDING:
                self._pending.popitem(last=False)

    def _asked(self, credential: str, person: str) -> bytes:
        """Return the challenge that an answer names, provided that we asked it, of this person, once and lately."""
        from webauthn import base64url_to_bytes

        client = json.loads(base64url_to_bytes(json.loads(credential)["response"]["clientDataJSON"]))
        challenge = base64url_to_bytes(client["challenge"])
        with self._lock:
            asked, until = self._pending.pop(challenge, (None, Instant(0)))
        if asked != person or until < self._clock():
            raise DataError(Message("adapters.people.bad_passkey"))
        return challenge


def _domain(place: Place) -> str:
    """Return the name that a passkey is made for; browsers make none for a bare address."""
    if not any(letter.isalpha() for letter in place.host) or ":" in place.host:
        raise DataError(Message("adapters.people.no_domain", host=place.host))
    return place.host
