"""Roles, users and groups."""

from __future__ import annotations

import msgspec

from apiece.estate.policy import AttachedPolicy
from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When
from apiece.text import Text


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """An IAM role. `boundary` is empty where there is none; `trust` holds the trust policy."""

    subject: Subject
    name: Text
    arn: Text
    trust: tuple[AttachedPolicy, ...] = ()
    policies: tuple[AttachedPolicy, ...] = ()
    boundary: tuple[AttachedPolicy, ...] = ()
    created: str | None = None
    last_used: str | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    subject: Subject
    name: Text
    arn: Text
    policies: tuple[AttachedPolicy, ...] = ()
    when: When = ALWAYS
    at: Provenance | None = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """An IAM user; `groups` are group names."""

    subject: Subject
    name: Text
    arn: Text
    groups: tuple[Text, ...] = ()
    policies: tuple[AttachedPolicy, ...] = ()
    boundary: tuple[AttachedPolicy, ...] = ()
    when: When = ALWAYS
    at: Provenance | None = None


class StandalonePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy document that stands alone: a bare JSON file, or a managed policy nobody in the estate carries."""

    subject: Subject
    policy: AttachedPolicy
    when: When = ALWAYS
