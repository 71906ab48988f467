"""Tags of functions, all of a region in one answer."""

from __future__ import annotations

import msgspec

from apiece.estate.function import Function, Tag
from apiece.estate.seal import judge
from apiece.read.aws.call import Call, Lack
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class TagPair(msgspec.Struct, frozen=True, rename="pascal"):
    key: str
    value: str | None = None


class Tagged(msgspec.Struct, frozen=True):
    arn: str = msgspec.field(name="ResourceARN")
    tags: tuple[TagPair, ...] = msgspec.field(default=(), name="Tags")


class TagPage(msgspec.Struct, frozen=True):
    mappings: tuple[Tagged, ...] = msgspec.field(name="ResourceTagMappingList")


def without_secrets(raw: dict[str, object], _known: frozenset[str]) -> dict[str, object]:
    """Drop the values of tags that are secrets: everybody who may list resources reads tags."""
    mappings = raw.get("ResourceTagMappingList")
    if not isinstance(mappings, list):
        return {}
    return {"ResourceTagMappingList": [_plain_tags(item) if isinstance(item, dict) else item for item in mappings]}


def _plain_tags(item: dict[str, object]) -> dict[str, object]:
    tags = item.get("Tags")
    kept = [
        {
            "Key": tag.get("Key"),
            "Value": None if judge(str(tag.get("Key")), str(tag.get("Value"))) else tag.get("Value"),
        }
        for tag in (tags if isinstance(tags, list) else ())
        if isinstance(tag, dict)
    ]
    return {"ResourceARN": item.get("ResourceARN"), "Tags": kept}


GET_TAGS = Call("resourcegroupstaggingapi", "get_resources", "tag:GetResources", TagPage, seal=without_secrets)


def with_tags(desk: Desk, found: list[Function], facts: Facts) -> list[Function]:
    """One answer for the whole region; a function that is not in it has no tags."""
    if not found:
        return found
    outcome = desk.ask(GET_TAGS, {"ResourceTypeFilters": ["lambda:function"]})
    if outcome.gap is not None:
        if outcome.gap.lack is not Lack.OUTSIDE:
            facts.gaps.append(desk.gap(GET_TAGS, outcome.gap, desk.itself, "function.tags", "the tags of functions"))
        return found
    tags = {
        one.arn: tuple(Tag(name=tag.key, value=tag.value) for tag in one.tags)
        for page in outcome.pages
        for one in page.mappings
    }
    return [msgspec.structs.replace(function, tags=tags.get(function.subject.arn or "", ())) for function in found]
