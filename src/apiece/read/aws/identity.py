"""Whom credentials belong to, and what is wrong with those that do not work."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import msgspec

from apiece.errors import ReadError
from apiece.read.aws.call import Call, Failure, Lack
from apiece.read.aws.pace import Pace
from apiece.read.aws.session import Access
from apiece.read.aws.wire import Wire

_SKEWED = frozenset({"RequestTimeTooSkewed", "SignatureDoesNotMatch", "InvalidSignatureException"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the credentials belong to."""

    account: str
    arn: str

    @property
    def partition(self) -> str:
        """`aws`, or another one such as `aws-cn`."""
        return self.arn.split(":")[1] if self.arn.count(":") > 1 else "aws"


class Caller(msgspec.Struct, frozen=True, rename="pascal"):
    account: str
    arn: str


# No policy is needed for it, so it is not among the calls that `apiece policy` grants.
_WHO = Call("sts", "get_caller_identity", "sts:GetCallerIdentity", Caller)


def who(access: Access, pace: Pace) -> Identity | Failure:
    """Ask AWS whose credentials these are."""
    outcome = Wire(access, "", access.home, pace, threading.Event()).send(_WHO, {}, frozenset())
    if outcome.failure is not None:
        return outcome.failure
    return Identity(outcome.pages[0].account, outcome.pages[0].arn)


def identify(access: Access, pace: Pace) -> Identity:
    """Ask AWS whose credentials these are. Raises `ReadError` where they do not work: nothing could be read."""
    found = who(access, pace)
    if isinstance(found, Identity):
        return found
    message, hint = _not_working(found)
    raise ReadError(message, hint=hint)


def _not_working(failure: Failure) -> tuple[str, str]:
    code = failure.code[:60]
    if failure.lack is Lack.EXPIRED:
        return "the AWS credentials have expired", "log in again, and start again; `--resume` keeps what was read"
    if code in _SKEWED:
        return f"AWS does not accept the signature ({code})", "compare this machine's clock, and the secret key"
    if failure.lack is Lack.DENIED or code.endswith(("ClientTokenId", "ClientException", "AccessKeyId", "AuthFailure")):
        return (
            f"AWS does not accept the credentials ({code})",
            "log in, name another profile (`aws:PROFILE`), or a region that is enabled",
        )
    return f"AWS could not be reached: {code}", "look at the network, the region and `AWS_ENDPOINT_URL`"
