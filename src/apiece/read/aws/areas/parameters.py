"""Parameters of Systems Manager by name. Their values are never asked for."""

from __future__ import annotations

import msgspec

from apiece.estate.resource import Resource
from apiece.estate.subject import SubjectKind
from apiece.read.aws.call import Call
from apiece.read.aws.carried import own_key, unlisted
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class Parameter(msgspec.Struct, frozen=True, rename="pascal"):
    name: str
    key_id: str | None = None


class ParameterPage(msgspec.Struct, frozen=True, rename="pascal"):
    parameters: tuple[Parameter, ...] = ()


DESCRIBE_PARAMETERS = Call("ssm", "describe_parameters", "ssm:DescribeParameters", ParameterPage)
_PAGE = 50


def parameters(desk: Desk) -> Facts:
    """Read the names of the parameters of a region."""
    facts = Facts()
    listing = desk.ask(DESCRIBE_PARAMETERS, {"MaxResults": _PAGE})
    unlisted(desk, DESCRIBE_PARAMETERS, listing.gap, "parameters", facts)
    listed = {parameter.name: parameter for page in listing.pages for parameter in page.parameters}
    for name, parameter in sorted(listed.items()):
        arn = desk.arn("ssm", f"parameter/{name.removeprefix('/')}")
        facts.resources.append(
            Resource(
                subject=desk.subject(SubjectKind.PARAMETER, arn),
                name=name,
                arn=arn,
                key=own_key(parameter.key_id),
                at=desk.at(DESCRIBE_PARAMETERS),
            )
        )
    return facts
