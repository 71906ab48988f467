"""The role a function runs as, with every policy that bounds it, ready to be evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apiece.access.index import Index
from apiece.estate.estate import Account
from apiece.estate.function import Function
from apiece.estate.identity import Role, StandalonePolicy
from apiece.estate.policy import AttachedPolicy
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When
from apiece.iam.document import Policy
from apiece.text import Text, example, is_open


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution identity: a function with its role, a Lambda role without a function, or a policy that stands alone.

    `role` is None where the role's policies are not in the estate (then `role_arn` may still be known and a gap says
    what is missing), or for a policy that stands alone. `when` are the choices under which this combination exists;
    `policies` and `boundary` are those that can be in force together with them; `scp` are the service control policies
    at each level above its account, empty where none apply or none are known.
    """

    subject: Subject
    when: When
    function: Function | None = None
    role: Role | None = None
    role_arn: Text | None = None
    policies: tuple[AttachedPolicy, ...] = ()
    boundary: tuple[AttachedPolicy, ...] = ()
    scp: tuple[tuple[Policy, ...], ...] = ()

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
            yield _of_role(role, role.when, index, subject=role.subject, function=None)
    for standalone in estate.policies:
        yield _of_policy(standalone)


def running_as(function: Function, arn: Text, index: Index) -> Iterator[Execution]:
    """The function as it would be with a role, one for each form of that role in the estate; none where it has none."""
    for role, when in index.roles_with_arn(arn, function.when):
        yield _of_role(role, when, index, subject=function.subject, function=function)


def _of_function(function: Function, index: Index) -> Iterator[Execution]:
    arn = function.latest.role
    found = list(running_as(function, arn, index)) if arn is not None else []
    yield from found
    if not found:
        yield Execution(subject=function.subject, when=function.when, function=function, role_arn=arn)


def _of_role(role: Role, when: When, index: Index, *, subject: Subject, function: Function | None) -> Execution:
    def in_force(attached: tuple[AttachedPolicy, ...]) -> tuple[AttachedPolicy, ...]:
        return tuple(policy for policy in attached if index.estate.together(when, policy.when) is not None)

    return Execution(
        subject=subject,
        when=when,
        function=function,
        role=role,
        role_arn=role.arn,
        policies=in_force(role.policies),
        boundary=in_force(role.boundary),
        scp=_control_policies(index.account(role.subject.account)),
    )


def _control_policies(account: Account | None) -> tuple[tuple[Policy, ...], ...]:
    """Statement 14: the management account is not limited."""
    if account is None or account.scp is None or account.management:
        return ()
    return tuple(tuple(one.document for one in level if one.document is not None) for level in account.scp)


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
