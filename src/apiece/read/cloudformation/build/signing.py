"""Code-signing configurations of Lambda."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apiece.estate.function import CodeSigningConfig, SigningPolicy
from apiece.estate.subject import SubjectKind
from apiece.estate.when import both
from apiece.read.cloudformation.attributes import arn_of
from apiece.read.cloudformation.build.site import Site, literal_of
from apiece.read.cloudformation.terms import RNode

_POLICIES = {one.value: one for one in SigningPolicy}


def code_signing_configs(sites: Iterable[Site]) -> Iterator[CodeSigningConfig]:
    """Build the configurations of all templates, in every form that conditions give their policy."""
    for site in sites:
        if site.resource.type == "AWS::Lambda::CodeSigningConfig":
            node = site.get("CodeSigningPolicies", "UntrustedArtifactOnDeployment")
            forms = list(site.guarded(node)) if node is not None else [(site.when, None)]
            for when, item in forms:
                joint = both(site.when, when)
                if joint is not None:
                    yield CodeSigningConfig(
                        subject=site.subject(SubjectKind.OTHER),
                        arn=arn_of(site.template, site.resource),
                        policy=_policy(item),
                        when=joint,
                        at=site.place(item) if item is not None else site.place(),
                    )


def _policy(node: RNode | None) -> SigningPolicy:
    """What is not stated only warns (AWS::Lambda::CodeSigningConfig, CodeSigningPolicies)."""
    if node is None:
        return SigningPolicy.WARN
    return _POLICIES.get(literal_of(node) or "", SigningPolicy.UNKNOWN)
