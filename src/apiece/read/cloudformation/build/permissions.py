"""`AWS::Lambda::Permission` as the statement that AddPermission writes into a function's resource policy.

The mapping of properties to principals and conditions is that of the Lambda API reference, AddPermission.
"""

from __future__ import annotations

from apiece.estate.function import Function
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.when import When
from apiece.iam.document import (
    Condition,
    Effect,
    Policy,
    PolicyKind,
    PrincipalType,
    PrincipalWord,
    Statement,
    Word,
)
from apiece.read.cloudformation.build.site import Site, shown, text_of
from apiece.span import Span
from apiece.text import Hole, HoleKind, Text, example, is_open, join, show
from apiece.tree import Mapping, Node

_CONDITIONS = (
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
)


def permission(site: Site, function: Function, qualifier: Text | None, when: When) -> tuple[AttachedPolicy, ...]:
    """The statements, one for each form that conditions allow."""
    forms = site.forms(site.resource.properties, when)
    if forms is None:
        site.gap(function.subject, "function.policies", "a permission depends on too many conditions")
        return ()
    found = []
    for joint, form in forms:
        statement = _statement(site, function, qualifier, form) if isinstance(form, Mapping) else None
        if statement is None:
            continue
        policy = Policy(PolicyKind.RESOURCE, "2012-10-17", None, (statement,), site.resource.span)
        found.append(
            AttachedPolicy(
                name=site.resource.logical_id, form=PolicyForm.RESOURCE, document=policy, when=joint, at=site.place()
            )
        )
    return tuple(found)


def _statement(site: Site, function: Function, qualifier: Text | None, form: Mapping) -> Statement | None:
    action, principal = text_of(form.get("Action")), text_of(form.get("Principal"))
    if action is None or principal is None:
        missing = "Principal" if principal is None else "Action"
        reason = f"the `{missing}` of permission `{site.resource.logical_id[:80]}` is {shown(form.get(missing))}"
        site.gap(function.subject, "function.policies", reason, at=form.get(missing))
        return None
    resource = _named(function.arn if qualifier is None else join((function.arn, ":", qualifier)))
    return Statement(
        index=0,
        sid=None,
        effect=Effect.ALLOW,
        principals=(PrincipalWord(_principal_type(principal), Word(principal, _span(form.get("Principal")))),),
        not_principals=None,
        actions=(Word(action, _span(form.get("Action"))),),
        not_actions=None,
        resources=(Word(resource, _span(form.get("FunctionName"))),),
        not_resources=None,
        conditions=_conditions(site, function, form),
        span=site.resource.span,
    )


def _named(arn: Text) -> Text:
    """The ARN as Lambda writes it into the statement: whatever its name will be, no wildcard stands in it."""
    if isinstance(arn, str):
        return arn
    return join(
        Hole(part.name, HoleKind.LITERAL, part.stack) if isinstance(part, Hole) and part.kind is HoleKind.ANY else part
        for part in arn.parts
    )


def _conditions(site: Site, function: Function, form: Mapping) -> tuple[Condition, ...]:
    found = []
    for name, operator, key in _CONDITIONS:
        node = form.get(name)
        if node is None:
            continue
        text = text_of(node)
        if text is None:
            site.gap(function.subject, "function.policies", f"`{name}` is {shown(node)}", at=node)
            continue
        found.append(Condition(operator, key, (Word(text, _span(node)),), _span(node)))
    return tuple(found)


def _principal_type(principal: Text) -> PrincipalType:
    if principal == "*":
        return PrincipalType.ANYONE
    name = show(principal) if is_open(principal) else example(principal)
    if name.endswith((".amazonaws.com", ".amazonaws.com.cn", ".amazon.com")):
        return PrincipalType.SERVICE
    if not is_open(principal) and "." in name and not name.startswith("arn:"):
        return PrincipalType.SERVICE
    return PrincipalType.AWS


def _span(node: Node | None) -> Span | None:
    return node.span if node is not None else None
