"""A user can deploy without a second factor.

## What it checks

Every IAM user who has an access key or a password: whether they may change functions or the policies of roles, or
assume a role that may, by a request that states no second factor. A request signed with an access key does not state
at all whether there was one (`aws:MultiFactorAuthPresent` is absent); one from the console says `false` if the password
was all. A user whose only credential is a password with a device is asked for it by the console.

## Why it matters

A key in a file or a password that was guessed is then enough to put code of somebody else's into a function, with all
that its role may do. A condition that refuses `false` does not help against a key, since the key states nothing.

## Objective

A person can change functions or what they may do only after signing in with two factors.

## Test procedure

Take the users with a password or an active access key from the credential report (`iam get-credential-report`). For
each, take the policies from `iam get-account-authorization-details`, and see whether the actions that change functions
or roles are allowed without a condition that demands `aws:MultiFactorAuthPresent` to be `true`, in the user's policies
and in the trust policies of roles that they may assume. `BoolIfExists` in an Allow, and `Bool` in a Deny, let access
keys through. An exception is a user who can make such a change without a second factor.

## Fails

```json
{
  "users": [
    {"arn": "arn:aws:iam::111122223333:user/ann", "policies": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
      {"Effect": "Deny", "Action": "*", "Resource": "*",
       "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}]}}
  ]
}
```

## Passes

```json
{
  "users": [
    {"arn": "arn:aws:iam::111122223333:user/ann", "policies": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
      {"Effect": "Deny", "Action": "*", "Resource": "*",
       "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}}
  ]
}
```

## Remedy

Let people come through Identity Center or another provider that asks for a second factor. Until then, deny everything
where `aws:MultiFactorAuthPresent` is `false` or absent (`BoolIfExists`), but for what is needed to set up a device.

## Limits

A template does not say which credentials a user has; there a user is taken to have both kinds. The account's root user
is not looked at, nor what Identity Center asks of people.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiece.access.deploying import BY_KEY, BY_PASSWORD, Deploying, SignedIn
from apiece.access.principals import Principal
from apiece.access.rights import witness
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.federation import Credential
from apiece.estate.identity import User
from apiece.estate.when import show
from apiece.iam.granted import Granted
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict


@control(
    criteria=(Criterion.CC6_1,),
    severity=Severity.WARNING,
    reads=("user.policies", "user.boundary", "credentials"),
    remedy="demand-second-factor",
)
def deployer_without_mfa(user: User, estate: Estate, deploying: Deploying) -> Verdict:
    credential = next((one for one in estate.credentials if one.subject.key == user.subject.key), None)
    account = user.subject.account
    unread = (gap for gap in estate.gaps if gap.needs == "credentials" and gap.subject.account == account)
    gap = next(unread, None) if credential is None else None
    if gap is not None:
        return Verdict.of(unknowns=(Unknown(reason=gap.reason, hint=gap.hint),))
    ways = tuple(_ways(credential))
    if not ways:
        return Verdict.not_applicable("it cannot sign in without a second factor")
    forms = deploying.world.forms_of(user.subject)
    found = [_judged(form, deploying, signed_in, how) for signed_in, how in ways for form in forms]
    shown = [one for one in found if isinstance(one, Deviation)]
    return Verdict.of_all(shown[:1] or found)


def _ways(credential: Credential | None) -> Iterator[tuple[SignedIn, str]]:
    """The ways in which a user can sign in without a second factor; both where it is not known which there are."""
    if credential is None or any(key.active for key in credential.keys):
        yield BY_KEY, "with an access key alone"
    if credential is None or (credential.password is not False and not credential.mfa):
        yield BY_PASSWORD, "with a password alone"


def _judged(principal: Principal, deploying: Deploying, signed_in: SignedIn, how: str) -> Deviation | Unknown | None:
    answer = deploying.itself(principal, signed_in)
    through = ""
    if not answer.is_yes:
        by_role = deploying.by_role(principal, signed_in)
        if by_role is not None:
            role, answer = by_role
            through = f", as role `{role.name}`,"
    if answer.result is Granted.NO:
        return None
    if answer.request is None:
        return Unknown(reason=f"whether it may deploy {how} is not known: {answer.reason}")
    return Deviation(
        message=f"may{through} change functions or roles {how} {show(principal.when)}".rstrip(),
        severity=Severity.WARNING,
        root_cause=f"{principal.subject.key}/mfa",
        at=answer.because[0].at if answer.because else (),
        hint="deny everything where `aws:MultiFactorAuthPresent` is false or absent (`BoolIfExists`)",
        witness=witness(answer.request),
    )
