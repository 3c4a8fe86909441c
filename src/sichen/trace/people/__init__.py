# SPDX-License-Identifier: Apache-2.0
"""Who may work with the platform: roles, passwords, sessions, back-off and acts that two persons do together."""

from sichen.trace.people.approvals import ACTS, Act, Request, Stage, approve, ask, carry_out, check_person, refuse
from sichen.trace.people.attempts import ACCOUNT, ADDRESS, Attempts, Limits
from sichen.trace.people.passwords import LEAST, LONGEST, check_password, made_up_password
from sichen.trace.people.roles import EVERYBODY, PRIVATE, ROLES, STAFF, Access, Role, role_of
from sichen.trace.people.sessions import PROGRAM, SCREEN, Lifetime, Session, csrf_token, new_token, sealed

__all__ = [
    "ACCOUNT",
    "ACTS",
    "ADDRESS",
    "EVERYBODY",
    "LEAST",
    "LONGEST",
    "PRIVATE",
    "PROGRAM",
    "ROLES",
    "SCREEN",
    "STAFF",
    "Access",
    "Act",
    "Attempts",
    "Lifetime",
    "Limits",
    "Request",
    "Role",
    "Session",
    "Stage",
    "approve",
    "ask",
    "carry_out",
    "check_password",
    "check_person",
    "csrf_token",
    "made_up_password",
    "new_token",
    "refuse",
    "role_of",
    "sealed",
]
