"""On which resources an action can be requested."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from apiece.iam import catalog

# The service authorization reference marks every resource type of these as optional, and a call that names none, which
# is the usual one, is decided on `*`: a policy that says less than `*` does not allow it.
CALLED_ON_NOTHING = frozenset(
    {
        "ce:GetCostAndUsage",
        "ce:GetCostAndUsageComparisons",
        "ce:GetCostAndUsageWithResources",
        "ce:GetCostCategories",
        "ce:GetCostComparisonDrivers",
        "ce:GetCostForecast",
        "ce:GetDimensionValues",
        "ce:GetTags",
        "ce:GetUsageForecast",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "cloudwatch:PutMetricData",
        "comprehend:DetectEntities",
        "polly:StartSpeechSynthesisStream",
        "polly:StartSpeechSynthesisTask",
        "polly:SynthesizeSpeech",
        "rekognition:DetectModerationLabels",
        "translate:StartTextTranslationJob",
        "translate:TranslateDocument",
        "translate:TranslateText",
    }
)

NAMES_WITHOUT_SLASH = frozenset({"BucketName", "FunctionName", "QueueName", "TableName"})
"""Variables of formats whose values never hold `/`. Most formats say less than AWS uses: load balancers, channels, log
groups and public parameters have slashes where the format has one name."""

KEYS_OF_OTHERS = (
    "backup:*",
    "events:CreateArchive",
    "events:UpdateArchive",
    "kinesis:StartStreamEncryption",
    "kinesis:StopStreamEncryption",
)
"""The actions of other services that are, or whose formats could be, requested on KMS keys."""


@lru_cache(maxsize=32768)
def domains_of(name: str) -> tuple[str, ...]:
    """The ARN formats that an action of the catalogue is requested on, and `*` where it may name none (statement 22).

    Those that most actions of the service know come first: they make the better examples. Where a format is documented
    with `*`, a variable `${Any}` stands. Raises `KeyError` for an action that the catalogue does not know.
    """
    action = catalog.load().action(name)
    if action is None:
        raise KeyError(name)
    common = _commonness(action.service)
    known = sorted({kind.arn for kind in action.resources}, key=lambda arn: (-common[arn], arn))
    formats = tuple(dict.fromkeys(arn.replace("*", "${Any}") for arn in known))
    return (*formats, "*") if not formats or action.name in CALLED_ON_NOTHING else formats


@lru_cache(maxsize=1024)
def _commonness(service: str) -> Counter[str]:
    """How many actions of a service are requested on each format."""
    return Counter(kind.arn for action in catalog.load().actions(service) for kind in action.resources)
