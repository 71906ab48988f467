"""Look-ups over one estate, built once for a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from apiece.estate.estate import Account, Estate
from apiece.estate.function import Function
from apiece.estate.identity import Role
from apiece.estate.network import SecurityGroup
from apiece.estate.when import When
from apiece.text import Text, example

T = TypeVar("T")


@dataclass(frozen=True)
class Index:
    """What is asked for by role, by ARN and by id."""

    estate: Estate
    _functions: dict[Text, tuple[Function, ...]]
    _roles: dict[Text, tuple[Role, ...]]
    _groups: dict[Text, tuple[SecurityGroup, ...]]
    _accounts: dict[str, Account]
    identities: frozenset[str]
    """The ARNs of all roles and users; of a role below a path also `…:role//NAME`, as the ARN of a session tells it."""
    running_roles: frozenset[Text]
    """Roles that a function or a published version of one runs as."""

    def functions_with_role(self, arn: Text, when: When) -> Iterator[Function]:
        """Functions that run as a role in deployments where `when` holds."""
        for function in self._functions.get(arn, ()):
            if self.estate.together(when, function.when) is not None:
                yield function

    def roles_with_arn(self, arn: Text, when: When) -> Iterator[tuple[Role, When]]:
        """Roles that an ARN names, each with the choices under which it is there."""
        for role in self._roles.get(arn, ()):
            if (joint := self.estate.together(when, role.when)) is not None:
                yield role, joint

    def security_groups(self, identifier: Text, when: When) -> Iterator[tuple[SecurityGroup, When]]:
        """Security groups with an id, each with the choices under which it is there."""
        for group in self._groups.get(identifier, ()):
            if (joint := self.estate.together(when, group.when)) is not None:
                yield group, joint

    def account(self, identifier: str | None) -> Account | None:
        """An account of the estate, or of its organisation; None for any other."""
        return self._accounts.get(identifier or "")


def index_of(estate: Estate) -> Index:
    """Build the look-ups."""
    return Index(
        estate,
        _grouped((function.latest.role, function) for function in estate.functions),
        _grouped((role.arn, role) for role in estate.roles),
        _grouped((group.id, group) for group in estate.security_groups),
        {account.id: account for account in estate.accounts},
        frozenset(_identities(estate)),
        frozenset(
            configuration.role
            for function in estate.functions
            for configuration in (function.latest, *(version.configuration for version in function.versions))
            if configuration is not None and configuration.role is not None
        ),
    )


def _identities(estate: Estate) -> Iterator[str]:
    for text in (*(one.arn for one in estate.roles), *(one.arn for one in estate.users)):
        arn = example(text)
        yield arn
        head, _, path = arn.partition(":role/")
        if "/" in path:
            yield f"{head}:role//{path.rpartition('/')[2]}"


def _grouped(pairs: Iterable[tuple[Text | None, T]]) -> dict[Text, tuple[T, ...]]:
    found: dict[Text, list[T]] = {}
    for key, value in pairs:
        if key is not None:
            found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}
