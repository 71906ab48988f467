"""The requests that a verdict speaks about (docs/adr/0014-exact-solver.md, "The world"), in plain Python."""

from __future__ import annotations

import re
from functools import lru_cache

from apiece.iam import catalog

STAR, ANY_ARN = "*", "arn"
_SEGMENTS = 6
_WITHOUT_SLASH = {"BucketName", "FunctionName", "QueueName", "TableName"}
_CALLED_ON_NOTHING = {
    "ce": "GetCostAndUsage GetCostAndUsageComparisons GetCostAndUsageWithResources GetCostCategories"
    " GetCostComparisonDrivers GetCostForecast GetDimensionValues GetTags GetUsageForecast",
    "cloudwatch": "GetMetricData ListMetrics PutMetricData",
    "comprehend": "DetectEntities",
    "polly": "StartSpeechSynthesisStream StartSpeechSynthesisTask SynthesizeSpeech",
    "rekognition": "DetectModerationLabels",
    "translate": "StartTextTranslationJob TranslateDocument TranslateText",
}
_SEVERAL = {
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
}
DERIVED = {
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principaltype",
    "aws:username",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:resourceaccount",
}
"""Keys that follow from caller and resource (statement 35)."""


@lru_cache(maxsize=32768)
def domains(name: str) -> tuple[str, ...]:
    """What an action is requested on: `*`, ARN formats, or both; `arn` is any ARN (statements 22 and 36)."""
    action = catalog.load().action(name)
    if action is None:
        return (STAR, ANY_ARN)
    service, _, own = action.name.partition(":")
    formats = tuple(sorted({kind.arn for kind in action.resources}))
    called_on_nothing = own in _CALLED_ON_NOTHING.get(service, "").split()
    return (*formats, STAR) if called_on_nothing or not formats else formats


@lru_cache(maxsize=4096)
def pieces(text: str) -> tuple[tuple[str, str], ...]:
    """The parts of an ARN format: literal ones with an empty place, and variables with what their place demands.

    A few formats have a `*` where a variable is meant.
    """
    found: list[tuple[str, str]] = []
    colons = 0
    for number, part in enumerate(re.split(r"\$\{([^}]*)\}", text.replace("*", "${Any}"))):
        if number % 2 == 0:
            colons += part.count(":")
            found += [(part, "")] if part else []
        elif colons < _SEGMENTS - 1:
            found.append((part, "partition" if part == "Partition" else "place"))
        else:
            found.append((part, "name" if part in _WITHOUT_SLASH else "anything"))
    return tuple(found)


_CHARACTERS = {
    "partition": "[a-z0-9-]+",
    "place": "[a-z0-9-]*",
    "anything": "[^*?]+",
    "name": "[^/*?]+",
}
"""No `*` and `?`: a request on a resource with a wildcard asks about many resources, and the world has single ones."""


@lru_cache(maxsize=4096)
def _format(text: str) -> re.Pattern[str]:
    if text == ANY_ARN:
        return re.compile(r"arn:(?:[^:*?]*:){4}[^*?]*", re.DOTALL)
    return re.compile("".join(_CHARACTERS.get(place, re.escape(part)) for part, place in pieces(text)), re.DOTALL)


def is_resource_of(text: str, action: str) -> bool:
    """Tell whether the world has requests for an action on a resource."""
    return any(text == STAR if domain == STAR else bool(_format(domain).fullmatch(text)) for domain in domains(action))


def is_of_format(text: str, domain: str) -> bool:
    """Tell whether an ARN is of a format."""
    return bool(_format(domain).fullmatch(text))


@lru_cache(maxsize=4096)
def head_of(domain: str) -> tuple[str | None, ...]:
    """The first five segments of a format, None where one holds a variable."""
    if domain == ANY_ARN:
        return ("arn", None, None, None, None)
    return tuple(None if set(part) & {"$", "*"} else part for part in domain.split(":", _SEGMENTS - 1)[: _SEGMENTS - 1])


def sample(text: str) -> str:
    """An ARN of a format."""
    if text == ANY_ARN:
        return "arn:aws:any:::thing"
    known = {"Account": "111122223333", "Region": "eu-west-1", "Partition": "aws"}
    return "".join(known.get(part, "x") if place else part for part, place in pieces(text))


@lru_cache(maxsize=4096)
def may_have_several(key: str) -> bool:
    """Tell whether AWS documents several values for a key (in lower case), or does not document it."""
    if key.startswith("aws:"):
        return key in _SEVERAL
    table = catalog.load()
    known = table.condition_key(key)
    if known is None and "/" in key:
        stem = key.partition("/")[0] + "/"
        named = next((name for name in _documented(key.partition(":")[0]) if name.lower().startswith(stem)), None)
        known = table.condition_key(named) if named else None
    return known is None or known.is_multivalued


@lru_cache(maxsize=64)
def _documented(service: str) -> tuple[str, ...]:
    table = catalog.load()
    names = {name for action in table.actions(service) for name in action.condition_keys}
    names |= {name for kind in table.resource_types(service) for name in kind.condition_keys}
    return tuple(sorted(names))
