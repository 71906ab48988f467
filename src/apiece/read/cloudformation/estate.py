"""Templates in, one estate out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from apiece.errors import MalformedSource
from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.estate.identity import Group, Role, User
from apiece.estate.provenance import InFile
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.when import When
from apiece.read.cloudformation.build.entries import routes
from apiece.read.cloudformation.build.functions import functions
from apiece.read.cloudformation.build.identities import attach, customer_managed, identities
from apiece.read.cloudformation.build.networks import endpoints, security_groups, subnets, vpcs
from apiece.read.cloudformation.build.resources import resources
from apiece.read.cloudformation.build.signing import code_signing_configs
from apiece.read.cloudformation.build.site import Notebook, Site, site_of
from apiece.read.cloudformation.build.watch import (
    alarms,
    config_recorders,
    config_rules,
    event_rules,
    metric_filters,
    trails,
)
from apiece.read.cloudformation.stacks import Stack, read_stacks
from apiece.read.missing import missing_roles
from apiece.read.reading import Reading, SourceText

OUTSIDE_SOURCE = ("scp", "rcp")
_MOST_CHOICES = 40


def read_templates(files: Mapping[str, bytes], *, parameters: Mapping[str, str], taken_at: str) -> Reading:
    """Read templates that belong together: exports of one are imports of another.

    `files` maps display names to contents. A file that does not parse becomes a gap on its stack. `parameters` are
    `NAME` → value for all stacks, or `FILE:NAME` for one; pseudo parameters (`AWS::AccountId`) are allowed.
    """
    notebook = Notebook()
    stacks, failed = read_stacks(files, parameters=parameters)
    notebook.gaps.extend(_unreadable(name, error) for name, error in failed.items())
    sites: list[Site] = []
    for stack in stacks:
        notebook.gaps.extend(stack.gaps)
        for resource in stack.template.resources:
            site = site_of(stack.template, resource, notebook)
            if site is not None:
                sites.append(site)
    estate = _estate(sites, notebook, stacks, tuple(files), taken_at)
    documents = {
        stack.template.stack: SourceText(
            file=stack.template.stack, lines=stack.lines, visible=stack.shown.visible, hidden=stack.shown.hidden
        )
        for stack in stacks
    }
    secrets = frozenset(notebook.secrets).union(*(stack.shown.secrets for stack in stacks))
    names = frozenset(name for stack in stacks for name in stack.template.parameters)
    return Reading(estate=estate, documents=documents, secrets=secrets, parameters=names)


def _estate(
    sites: list[Site], notebook: Notebook, stacks: Iterable[Stack], targets: tuple[str, ...], taken_at: str
) -> Estate:
    managed = customer_managed(sites)
    found, elsewhere = attach(list(identities(sites, managed)), sites, managed)
    placed = functions(sites)
    groups = security_groups(sites)
    estate = Estate(
        taken_at=taken_at,
        targets=targets,
        outside_source=OUTSIDE_SOURCE,
        functions=tuple(placed),
        code_signing_configs=tuple(code_signing_configs(sites)),
        roles=tuple(item for item in found if isinstance(item, Role)),
        users=tuple(item for item in found if isinstance(item, User)),
        groups=tuple(item for item in found if isinstance(item, Group)),
        policies=tuple(elsewhere),
        resources=tuple(resources(sites)),
        security_groups=tuple(groups),
        vpcs=tuple(vpcs(sites)),
        subnets=tuple(subnets(sites)),
        endpoints=tuple(endpoints(sites)),
        routes=tuple(routes(sites)),
        trails=tuple(trails(sites)),
        config_recorders=tuple(config_recorders(sites)),
        config_rules=tuple(config_rules(sites)),
        event_rules=tuple(event_rules(sites)),
        metric_filters=tuple(metric_filters(sites)),
        alarms=tuple(alarms(sites)),
    )
    notebook.gaps.extend(missing_roles(estate))
    return _with_gaps(estate, notebook, stacks)


def _with_gaps(estate: Estate, notebook: Notebook, stacks: Iterable[Stack]) -> Estate:
    gaps = sorted(dict.fromkeys(notebook.gaps), key=lambda gap: (gap.subject.key, gap.needs, gap.reason))
    return replace(estate, gaps=tuple(gaps), impossible=tuple(_impossible(notebook.choices, stacks)))


def _unreadable(name: str, error: MalformedSource) -> Gap:
    return Gap(
        subject=Subject(kind=SubjectKind.STACK, stack=name),
        needs="stack",
        reason=error.message,
        hint=error.hint,
        at=InFile(file=name, path="", span=error.span),
    )


def _impossible(choices: set[str], stacks: Iterable[Stack]) -> Iterable[When]:
    """Pairs of choices of one template that no parameters make true together."""
    for stack in stacks:
        template = stack.template
        names = sorted(name for name in choices if name.startswith(f"{template.stack}#"))[:_MOST_CHOICES]
        literals = [(name, value) for name in names for value in (False, True)]
        for first, second in itertools.combinations(literals, 2):
            pair = tuple((name.rpartition("#")[2], value) for name, value in (first, second))
            if first[0] != second[0] and not template.conditions.feasible(pair):
                yield (first, second)
