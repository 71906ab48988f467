"""Which roles of an estate have a permissions boundary, and which can give permissions away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from apiece.access.asking import NO, Answer, Ask
from apiece.access.reach.closure import is_administrator
from apiece.access.reach.world import World
from apiece.estate.identity import Role
from apiece.iam.granted import Granted

_GIVING = (
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:PutUserPolicy",
    "iam:AttachUserPolicy",
    "iam:PutGroupPolicy",
    "iam:AttachGroupPolicy",
    "iam:CreatePolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
)
"""What makes identities, gives them permissions, or takes their limits away."""


@dataclass
class Bounded:
    """Answers about boundaries, for one estate."""

    world: World

    def gives(self, role: Role) -> Answer:
        """A request by which a role gives permissions to somebody; no for an administrator, whom nothing bounds."""
        best = NO
        for form in self.world.forms_of(role.subject):
            if form.gaps:
                best = Answer(Granted.UNKNOWN, reason=form.gaps[0].reason)
                continue
            if not self.world.asking.spoken.may(form, _GIVING) or is_administrator(form):
                continue
            answer = self.world.asking.anywhere(form, Ask(_GIVING), ("*",))
            if answer.is_yes:
                return answer
            best = answer if answer.result is Granted.UNKNOWN else best
        return best

    def is_custom(self, account: str | None) -> bool:
        """Tell whether most execution roles of an account, or of the templates, have a boundary."""
        return account in self._customs

    @cached_property
    def _customs(self) -> frozenset[str | None]:
        running = self.world.index.running_roles
        roles = [role for role in self.world.index.estate.roles if role.arn in running]
        having: dict[str | None, list[bool]] = {}
        for role in roles:
            having.setdefault(role.subject.account, []).append(bool(role.boundary))
        return frozenset(account for account, found in having.items() if 2 * sum(found) > len(found))
