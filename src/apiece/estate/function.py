"""Lambda functions and everything that decides what runs, as whom, where and at whose call."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from apiece.estate.policy import AttachedPolicy
from apiece.estate.provenance import Provenance
from apiece.estate.seal import Hit, Sealed
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When
from apiece.text import Text


class OriginKind(StrEnum):
    """What a template value was written as."""

    LITERAL = "literal"
    PARAMETER = "parameter"
    NO_ECHO_PARAMETER = "no-echo-parameter"
    REFERENCE = "reference"
    """An attribute of a resource of the same template."""
    IMPORT = "import"
    DYNAMIC_SECRET = "dynamic-secret"
    """`{{resolve:secretsmanager:…}}` or `{{resolve:ssm-secure:…}}`: replaced by the secret's value at deployment."""
    DYNAMIC_PARAMETER = "dynamic-parameter"
    """`{{resolve:ssm:…}}`."""


class Origin(msgspec.Struct, frozen=True, order=True):
    """One source that a value was built from; `name` is the parameter, resource, export or reference."""

    kind: OriginKind
    name: str = ""


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """One environment variable.

    `value` is kept only where `estate.seal` lets it (DESIGN, sealing); otherwise `sealed` describes it. Both None: the
    value is not known. `hits` is the judgement of the secret detectors, made while the value was at hand.
    """

    name: str
    value: Text | None = None
    sealed: Sealed | None = None
    hits: tuple[Hit, ...] = ()
    origins: tuple[Origin, ...] = ()
    when: When = ALWAYS
    at: Provenance | None = None


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """One tag. `value` None: it is not known, or looks like a secret."""

    name: str
    value: Text | None = None
    when: When = ALWAYS


class VpcAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """The subnets and security groups of a function's network interfaces, as ids."""

    subnets: tuple[Text, ...] = ()
    security_groups: tuple[Text, ...] = ()
    at: Provenance | None = None


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What a published version freezes."""

    role: Text | None = None
    """ARN of the execution role; None where it could not be read (then there is a gap)."""
    runtime: Text | None = None
    """Runtime identifier; None for container images."""
    package: str = "Zip"
    handler: Text | None = None
    environment: tuple[Variable, ...] = ()
    environment_key: Text | None = None
    vpc: VpcAttachment | None = None
    layers: tuple[Text, ...] = ()
    code: Text | None = None
    """Where the code lies: an S3 URI, an image URI or a local path; None for inline code."""
    places: dict[str, Provenance] = {}
    """Where each of these stands: keys are the field names above."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A published version. `configuration` None means: the same as `$LATEST`, as far as the source can tell."""

    name: Text
    configuration: Configuration | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    name: Text
    version: Text
    when: When = ALWAYS
    at: Provenance | None = None


class UrlAuth(StrEnum):
    AWS_IAM = "AWS_IAM"
    NONE = "NONE"
    UNKNOWN = "unknown"


class FunctionUrl(msgspec.Struct, frozen=True, kw_only=True):
    auth: UrlAuth
    qualifier: Text | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class EventSource(msgspec.Struct, frozen=True, kw_only=True):
    """An event source mapping: Lambda polls `source` with the function's execution role.

    `qualifier` is the version or alias that it calls, None for `$LATEST`.
    """

    source: Text | None
    qualifier: Text | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class SigningPolicy(StrEnum):
    """What happens to code that no allowed publisher has signed."""

    ENFORCE = "Enforce"
    WARN = "Warn"
    UNKNOWN = "unknown"


class CodeSigningConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A code-signing configuration: `policy` is for code that is unsigned, changed, expired or revoked."""

    subject: Subject
    arn: Text
    policy: SigningPolicy = SigningPolicy.WARN
    when: When = ALWAYS
    at: Provenance | None = None


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A function, in one of the forms its template's conditions allow (`when`).

    Several records with the same subject and different `when` stand for one function.
    """

    subject: Subject
    name: Text
    arn: Text
    latest: Configuration
    versions: tuple[Version, ...] = ()
    aliases: tuple[Alias, ...] = ()
    urls: tuple[FunctionUrl, ...] = ()
    event_sources: tuple[EventSource, ...] = ()
    policies: tuple[AttachedPolicy, ...] = ()
    """Statements of the function's resource policy, of its versions and of its aliases."""
    code_signing: Text | None = None
    """ARN of the code-signing configuration; None where a template names none, or a live account was not asked."""
    tags: tuple[Tag, ...] | None = None
    """None where they were not read."""
    when: When = ALWAYS
    at: Provenance | None = None
