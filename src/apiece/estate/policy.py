"""Policies where they are attached."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from apiece.estate.provenance import Provenance
from apiece.estate.when import ALWAYS, When
from apiece.iam.document import Policy
from apiece.text import Text


class PolicyForm(StrEnum):
    INLINE = "inline"
    CUSTOMER_MANAGED = "customer-managed"
    AWS_MANAGED = "aws-managed"
    RESOURCE = "resource"
    TRUST = "trust"
    CONTROL = "control"
    """Service or resource control policy of an organisation."""


class AttachedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """One document in force on the thing that carries it.

    `document` is None where the text could not be read; a gap on the carrier says why. A document whose statements
    depend on conditions is split into several with different `when`; statements keep their index in the original.
    """

    name: str
    form: PolicyForm
    document: Policy | None
    arn: Text | None = None
    when: When = ALWAYS
    at: Provenance | None = None
