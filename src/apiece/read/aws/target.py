"""`aws:[profile][/region,…]`: which credentials, and which regions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apiece.errors import UsageError

_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")


@dataclass(frozen=True, slots=True)
class AwsTarget:
    """`profile` None: the default credentials. `regions` empty: all that are enabled for the account."""

    profile: str | None
    regions: tuple[str, ...]


def is_aws(target: str) -> bool:
    """Tell whether a target means a live account. `aws/` is a folder: nobody comes to AWS by accident."""
    return target == "aws" or target.startswith("aws:")


def aws_target(target: str) -> AwsTarget:
    """Read a target. Raises `UsageError` for a region that cannot be one."""
    rest = target.removeprefix("aws").removeprefix(":")
    profile, _, listed = rest.partition("/")
    regions = tuple(dict.fromkeys(region.strip() for region in listed.split(",") if region.strip()))
    for region in regions:
        if not _REGION.fullmatch(region):
            message = f"`{region[:40]}` is not a region"
            raise UsageError(message, hint="write `aws:PROFILE/us-east-1,eu-west-1`")
    return AwsTarget(profile or None, regions)
