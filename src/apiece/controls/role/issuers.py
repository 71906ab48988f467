"""Who may get a token from an identity provider, by its address, and what such a token says of a stranger.

Most providers serve one organisation. Some serve the whole world: there a stranger gets a token as easily as oneself,
and only its claims tell them apart. A claim that a stranger chooses (the audience, the branch) tells nobody apart.
Sources: GitHub, "OpenID Connect reference"; GitLab, "ID token authentication"; HashiCorp, "Dynamic provider
credentials"; Buildkite, "OIDC in pipelines"; Pulumi, "OIDC"; Vercel, "OIDC reference"; AWS IAM user guide, "Available
keys for AWS web identity federation".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

STRANGER = "somebody-else"


@dataclass(frozen=True)
class Issuer:
    """A provider that anybody can get a token from.

    `whose` says who gets in. `subject` is the pattern of a subject of organisation `{owner}`; `claims` are the claims
    beside it that a stranger chooses. `within` is the pattern of some other subject of an organisation, "" where
    subjects do not begin with one.
    """

    whose: str
    subject: str
    claims: frozenset[str]
    within: str = ""

    def owner_in(self, pattern: str) -> str:
        """The organisation, or the pattern of organisations, that a pattern of subjects names; "" where none."""
        head, _, rest = self.within.partition("{owner}")
        named = self.within and pattern.startswith(head)
        return pattern.removeprefix(head).partition(rest[0])[0] if named else ""


_PIPELINE = frozenset(
    {"aud", "ref", "ref_type", "ref_path", "ref_protected", "sha", "environment", "event_name", "workflow", "base_ref"}
    | {"head_ref", "run_id", "run_number", "runner_environment", "pipeline_source", "build_branch", "step_key"}
)
_EVERYBODY = frozenset({"amr"})

OPEN_TO_ALL: Mapping[str, Issuer] = MappingProxyType(
    {
        "token.actions.githubusercontent.com": Issuer(
            "any repository on GitHub", "repo:{owner}/?*", _PIPELINE, "repo:{owner}/another-repository:?*"
        ),
        "gitlab.com": Issuer(
            "any project on gitlab.com", "project_path:{owner}/?*", _PIPELINE, "project_path:{owner}/another-project:?*"
        ),
        "app.terraform.io": Issuer(
            "any organisation of HCP Terraform",
            "organization:{owner}:?*",
            _PIPELINE,
            "organization:{owner}:another-name:?*",
        ),
        "agent.buildkite.com": Issuer(
            "any organisation of Buildkite",
            "organization:{owner}:?*",
            _PIPELINE,
            "organization:{owner}:another-name:?*",
        ),
        "api.pulumi.com/oidc": Issuer("any organisation of Pulumi", "pulumi:?*:org:{owner}:?*", _PIPELINE),
        "oidc.vercel.com": Issuer("any team of Vercel", "owner:{owner}:?*", _PIPELINE, "owner:{owner}:another-name:?*"),
        "accounts.google.com": Issuer("any Google account, signed in to any application", "{owner}", _EVERYBODY),
        "cognito-identity.amazonaws.com": Issuer("any identity of any identity pool", "{owner}", _EVERYBODY),
        "graph.facebook.com": Issuer("any user of any application of Facebook", "{owner}", _EVERYBODY),
        "www.amazon.com": Issuer("any user of any application of Amazon", "{owner}", _EVERYBODY),
    }
)
"""Address of a provider, as IAM writes it, to what is known of it."""

OWN = Issuer("", "{owner}", _PIPELINE | _EVERYBODY)
"""A provider that serves one organisation: its subjects are not strangers, but may be any of it."""
