# SPDX-License-Identifier: Apache-2.0
"""Passports in the forms of others: verifiable credentials, SD-JWT, product passports; signed and checked offline."""

from sichen.trace.exports.credential import CredentialCheck, check_credential, find_credential_faults
from sichen.trace.exports.data_integrity import ProofCheck, ProofOptions, add_proof, check_proofs, hash_data
from sichen.trace.exports.jws import jwk_of, key_from_jwk
from sichen.trace.exports.multibase import did_key, key_of_did, multibase, multikey, public_key, read_multibase, read_multikey
from sichen.trace.exports.passport import (
    Passport,
    from_claims,
    from_credential,
    from_dpp,
    to_claims,
    to_credential,
    to_dpp,
)
from sichen.trace.exports.sd_jwt import (
    Hidden,
    SdJwt,
    general_json,
    issue_sd_jwt,
    present_sd_jwt,
    read_sd_jwt,
    read_sd_jwt_json,
)
from sichen.trace.exports.sd_jwt_checking import Binding, Verified, verify_sd_jwt

__all__ = [
    "Binding",
    "CredentialCheck",
    "Hidden",
    "Passport",
    "ProofCheck",
    "ProofOptions",
    "SdJwt",
    "Verified",
    "add_proof",
    "check_credential",
    "check_proofs",
    "did_key",
    "find_credential_faults",
    "from_claims",
    "from_credential",
    "from_dpp",
    "general_json",
    "hash_data",
    "issue_sd_jwt",
    "jwk_of",
    "key_from_jwk",
    "key_of_did",
    "multibase",
    "multikey",
    "present_sd_jwt",
    "public_key",
    "read_multibase",
    "read_multikey",
    "read_sd_jwt",
    "read_sd_jwt_json",
    "to_claims",
    "to_credential",
    "to_dpp",
    "verify_sd_jwt",
]
