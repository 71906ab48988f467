"""Regions that are enabled for an account."""

from __future__ import annotations

import msgspec

from apiece.read.aws.call import Call, Quota
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class Region(msgspec.Struct, frozen=True, rename="pascal"):
    region_name: str


class RegionPage(msgspec.Struct, frozen=True, rename="pascal"):
    regions: tuple[Region, ...]


DESCRIBE_REGIONS = Call("ec2", "describe_regions", "ec2:DescribeRegions", RegionPage, quota=Quota.EC2)


def enabled_regions(desk: Desk, facts: Facts) -> tuple[str, ...]:
    """All regions that are enabled; where they cannot be listed, the desk's own, and a gap for what others hold."""
    outcome = desk.ask(DESCRIBE_REGIONS)
    if outcome.gap is not None:
        facts.gaps.append(desk.gap(DESCRIBE_REGIONS, outcome.gap, desk.itself, "account", "the list of regions"))
    found = sorted({region.region_name for page in outcome.pages for region in page.regions})
    return tuple(found) or (desk.region,)
