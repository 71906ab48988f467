"""Who can deploy into an account: identity providers, users with credentials, and people of Identity Center."""

from __future__ import annotations

import msgspec

from apiece.estate.federation import IdentityProvider, ProviderKind
from apiece.estate.subject import Subject, SubjectKind
from apiece.read.aws.areas.credentials import credentials
from apiece.read.aws.call import Call, Quota
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts, merged


class Provider(msgspec.Struct, frozen=True, rename="pascal"):
    arn: str


class OidcPage(msgspec.Struct, frozen=True):
    providers: tuple[Provider, ...] = msgspec.field(default=(), name="OpenIDConnectProviderList")


class SamlPage(msgspec.Struct, frozen=True):
    providers: tuple[Provider, ...] = msgspec.field(default=(), name="SAMLProviderList")


class OidcDetail(msgspec.Struct, frozen=True):
    url: str | None = msgspec.field(default=None, name="Url")
    audiences: tuple[str, ...] = msgspec.field(default=(), name="ClientIDList")


LIST_OIDC = Call("iam", "list_open_id_connect_providers", "iam:ListOpenIDConnectProviders", OidcPage, quota=Quota.IAM)
GET_OIDC = Call(
    "iam",
    "get_open_id_connect_provider",
    "iam:GetOpenIDConnectProvider",
    OidcDetail,
    quota=Quota.IAM,
    absent=frozenset({"NoSuchEntity", "NoSuchEntityException"}),
)
LIST_SAML = Call("iam", "list_saml_providers", "iam:ListSAMLProviders", SamlPage, quota=Quota.IAM)


def deployers(desk: Desk) -> Facts:
    """Read what an account itself knows of those who may deploy."""
    return merged((_oidc(desk), _saml(desk), credentials(desk)))


def _oidc(desk: Desk) -> Facts:
    facts = Facts()
    listing = desk.ask(LIST_OIDC)
    if listing.gap is not None:
        what = "the list of OIDC providers"
        facts.gaps.append(desk.gap(LIST_OIDC, listing.gap, desk.itself, "identity-providers", what))
    arns = [one.arn for page in listing.pages for one in page.providers]
    outcomes = desk.each(GET_OIDC, ({"OpenIDConnectProviderArn": arn} for arn in arns))
    for arn, outcome in zip(arns, outcomes, strict=True):
        if outcome.absent:
            continue
        subject = _subject(desk, arn)
        if outcome.gap is not None:
            what = "the URL and the audiences"
            facts.gaps.append(desk.gap(GET_OIDC, outcome.gap, subject, "identity-provider.audiences", what))
        detail = outcome.first or OidcDetail()
        facts.identity_providers.append(
            IdentityProvider(
                subject=subject,
                kind=ProviderKind.OIDC,
                arn=arn,
                url=detail.url,
                audiences=tuple(sorted(detail.audiences)),
                at=desk.at(GET_OIDC),
            )
        )
    return facts


def _saml(desk: Desk) -> Facts:
    facts = Facts()
    listing = desk.ask(LIST_SAML)
    if listing.gap is not None:
        what = "the list of SAML providers"
        facts.gaps.append(desk.gap(LIST_SAML, listing.gap, desk.itself, "identity-providers", what))
    facts.identity_providers = [
        IdentityProvider(subject=_subject(desk, one.arn), kind=ProviderKind.SAML, arn=one.arn, at=desk.at(LIST_SAML))
        for page in listing.pages
        for one in page.providers
    ]
    return facts


def _subject(desk: Desk, arn: str) -> Subject:
    return Subject(kind=SubjectKind.IDENTITY_PROVIDER, arn=arn, account=desk.account)
