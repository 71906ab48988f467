"""The role a function runs as, with every policy that bounds it, ready to be evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apiece.access.index import Index
from apiece.estate.estate import Estate
from apiece.estate.function import Function
from apiece.estate.identity import Role, StandalonePolicy
from apiece.estate.policy import AttachedPolicy
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When
from apiece.text import Text, example, is_open


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution identity: a function with its role, a Lambda role without a function, or a policy that stands alone.

    `role` is None where the role's policies are not in the estate (then `role_arn` may still be known and a gap says
    what is missing), or for a policy that stands alone. `when` are the choices under which this combination exists;
    `policies` and `boundary` are those that can be in force together with them.
    """

    subject: Subject
    when: When
    function: Function | None = None
    role: Role | None = None
    role_arn: Text | None = None
    policies: tuple[AttachedPolicy, ...] = ()
    boundary: tuple[AttachedPolicy, ...] = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Everything whose gaps concern this execution."""
        own = (self.subject,)
        return own if self.role is None or self.role.subject == self.subject else (*own, self.role.subject)


def executions(index: Index) -> Iterator[Execution]:
    """Walk all execution identities of an estate, in a stable order.

    A function whose role depends on conditions yields one execution for each possible combination.
    """
    estate = index.estate
    used: set[str] = set()
    for function in estate.functions:
        for execution in _of_function(function, index):
            if execution.role is not None:
                used.add(execution.role.subject.key)
            yield execution
    for role in estate.roles:
        if role.subject.key not in used and trusts_lambda(role):
            yield _of_role(role, role.when, estate, subject=role.subject, function=None)
    for standalone in estate.policies:
        yield _of_policy(standalone)


def _of_function(function: Function, index: Index) -> Iterator[Execution]:
    arn = function.latest.role
    found = list(index.roles_with_arn(arn, function.when)) if arn is not None else []
    for role, when in found:
        yield _of_role(role, when, index.estate, subject=function.subject, function=function)
    if not found:
        yield Execution(subject=function.subject, when=function.when, function=function, role_arn=arn)


def _of_role(role: Role, when: When, estate: Estate, *, subject: Subject, function: Function | None) -> Execution:
    def in_force(attached: tuple[AttachedPolicy, ...]) -> tuple[AttachedPolicy, ...]:
        return tuple(policy for policy in attached if estate.together(when, policy.when) is not None)

    return Execution(
        subject=subject,
        when=when,
        function=function,
        role=role,
        role_arn=role.arn,
        policies=in_force(role.policies),
        boundary=in_force(role.boundary),
    )


def _of_policy(standalone: StandalonePolicy) -> Execution:
    return Execution(subject=standalone.subject, when=ALWAYS, policies=(standalone.policy,))


def trusts_lambda(role: Role) -> bool:
    """Tell whether the trust policy lets the Lambda service assume the role, as far as it can be read."""
    for attached in role.trust:
        for statement in attached.document.statements if attached.document else ():
            for principal in statement.principals or ():
                text = principal.word.text
                if statement.effect == "Allow" and not is_open(text) and _is_lambda(example(text)):
                    return True
    return False


def _is_lambda(service: str) -> bool:
    return service in {"lambda.amazonaws.com", "edgelambda.amazonaws.com", "lambda.amazonaws.com.cn"}
