"""Who may change what functions run and what they may do, and in which way they sign in for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from apiece.access.asking import NO, Answer, Ask
from apiece.access.principals import Principal
from apiece.access.reach.paths import On
from apiece.access.reach.world import World
from apiece.access.spoken import words_of
from apiece.access.targets import Target
from apiece.estate.function import Function
from apiece.iam.granted import Granted
from apiece.iam.pattern import glob, matches

CODE = ("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:UpdateAlias")
"""What changes the code that a function's callers reach, or its configuration."""
_ROLES = ("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy")
_FUNCTIONS = ("arn:*:lambda:*:*:function:*",)
_EVERY_ROLE = ("arn:*:iam::*:role/*",)
_AT_ONCE = 32
_MFA, _SINCE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"


@dataclass(frozen=True)
class Deployers:
    """Who is meant to deploy, as patterns of ARNs of roles and users."""

    patterns: tuple[str, ...]

    def include(self, principal: Principal) -> bool:
        """Tell whether a principal is one of them."""
        return any(matches(glob(pattern), principal.caller.arn or "") for pattern in self.patterns)


@dataclass(frozen=True)
class SignedIn:
    """How a caller signed in: keys with a value that its requests carry, and keys that they do not carry."""

    carries: tuple[tuple[str, str], ...] = ()
    lacks: tuple[str, ...] = ()


ANYHOW = SignedIn()
BY_KEY = SignedIn(lacks=(_MFA, _SINCE))
"""With an access key: whether there was a second factor is not stated at all (IAM user guide, global keys)."""
BY_PASSWORD = SignedIn(carries=((_MFA, "false"),), lacks=(_SINCE,))
"""At the console with a password alone."""


@dataclass
class Deploying:
    """Asks who may deploy in one estate."""

    world: World
    _answers: dict[tuple[int, SignedIn], Answer] = field(default_factory=dict)

    def itself(self, principal: Principal, signed_in: SignedIn = ANYHOW) -> Answer:
        """A request by which a principal changes functions or the policies of roles, in its own account."""
        key = (id(principal), signed_in)
        if key not in self._answers:
            self._answers[key] = self._ask(principal, signed_in)
        return self._answers[key]

    def _ask(self, principal: Principal, signed_in: SignedIn) -> Answer:
        found = NO
        for actions, within in ((CODE, _FUNCTIONS), (_ROLES, _EVERY_ROLE)):
            answer = self.world.asking.anywhere(principal, _asked(actions, signed_in), within)
            if answer.is_yes:
                return answer
            found = answer if answer.result is Granted.UNKNOWN else found
        return found

    def by_role(self, principal: Principal, signed_in: SignedIn = ANYHOW) -> tuple[Principal, Answer] | None:
        """A role that deploys and that a principal may assume, the first that is certain, else one that is not."""
        doubtful: tuple[Principal, Answer] | None = None
        for target, role in self._assumable:
            deploys = self.itself(role, signed_in)
            if deploys.result is Granted.NO or role.subject.key == principal.subject.key:
                continue
            answer = self.world.asking.on(principal, _asked(("sts:AssumeRole",), signed_in), target)
            if answer.is_yes and deploys.is_yes:
                return role, answer
            if answer.result is not Granted.NO:
                doubtful = doubtful or (role, deploys if answer.is_yes else answer)
        return doubtful

    @cached_property
    def _assumable(self) -> tuple[tuple[Target, Principal], ...]:
        """Roles that deploy and whose trust policies speak of roles and users."""
        pairs = ((target, form) for target in self.world.inviting for form in self.world.forms_of(target.subject))
        return tuple((target, role) for target, role in pairs if self.itself(role).result is not Granted.NO)

    def code_of(self, principal: Principal) -> tuple[Answer, Function | None]:
        """A request by which a principal changes a function of the estate, the first that is found."""
        doubt = NO
        meant = self._meant(principal)
        size = 1
        while some := tuple(itertools.islice(meant, size)):
            for target, answer in zip(some, self.world.asking.among(principal, Ask(CODE), some), strict=True):
                if answer.is_yes and isinstance(target.thing, Function):
                    return answer, target.thing
                doubt = answer if answer.result is Granted.UNKNOWN else doubt
            if principal.gaps:
                break  # what is not known of its policies is not known of any function
            size = _AT_ONCE
        return doubt, None

    def _meant(self, principal: Principal) -> Iterator[Target]:
        """The functions that a principal's policies may mean for this, and those that let it in themselves."""
        yield from (one for one in self._inviting if one.invites(principal.caller))
        spoken = self.world.asking.spoken
        if spoken.may(principal, CODE):
            named = self.world.named(principal, CODE, On.FUNCTION)
            words = words_of(spoken.cut(principal, spoken.wanted(CODE)))
            some = self.world.by_kind[On.FUNCTION] if named is None or principal.gaps else named
            yield from (one for one in some if principal.gaps or words.meet(one))

    @cached_property
    def _inviting(self) -> tuple[Target, ...]:
        return tuple(one for one in self.world.by_kind[On.FUNCTION] if one.speaks_of_callers)


def _asked(actions: tuple[str, ...], signed_in: SignedIn) -> Ask:
    return Ask(actions, signed_in.carries, signed_in.lacks)
