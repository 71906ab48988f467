"""SAM templates to CloudFormation by AWS's own translator, offline, with the places of values kept.

The translator is the transform that runs in the service. It wants package locations in S3 and an IAM client; both are
replaced. Defaults of parameters are kept from it, so that references to parameters stay references; where it cannot do
without a value it is shown the default, and a stand-in where there is none.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from apiece.iam.catalog import managed
from apiece.read.cloudformation.parameters import read_parameters
from apiece.read.cloudformation.placed import PlacedDict, placed, placed_text, unplaced
from apiece.read.cloudformation.stand_ins import PSEUDO, STEM, pseudo_stand_ins, restored, stand_ins
from apiece.span import Span
from apiece.tree import Mapping, Node, Scalar

if TYPE_CHECKING:
    from samtranslator.model.exceptions import InvalidDocumentException

_REGION = "us-east-1"
_BUCKET, _KEY = "local-package", "package"
_S3 = f"s3://{_BUCKET}/{_KEY}"
_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/local-image:latest"
_FUNCTION = "AWS::Serverless::Function"
_TRANSFORM = "Fn::Transform"
_MOST_ROUNDS = 12
_OWN_SECTIONS = frozenset({"Resources", "Parameters"})
"""Sections that are not taken from the translator as they are: it was shown parameters without their defaults."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\[[^\]]*\]|\{[^}]*\}")
_LOCATIONS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
_CARRIED = (
    "FunctionName",
    "Runtime",
    "Handler",
    "PackageType",
    "Role",
    "KmsKeyArn",
    "Layers",
    "CodeSigningConfigArn",
    "Environment",
    "VpcConfig",
)


@dataclass(frozen=True, slots=True)
class SamGap:
    """A resource that the translator refused. `reason` quotes no value of the template."""

    path: str
    logical_id: str
    reason: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Expansion:
    """The CloudFormation form of a template. `origins` maps generated logical ids to the SAM resource behind them."""

    root: Mapping
    gaps: tuple[SamGap, ...]
    origins: Dictionary[str, str]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """What the translator may be told of the parameters. It never sees a secret, nor a name in Parameter Store."""

    names: list[str]
    given: dict[str, str]
    plain: frozenset[str]
    words: dict[str, str]


def expand(root: Mapping, *, parameters: Dictionary[str, str]) -> Expansion:
    """Expand a SAM template. What the translator refuses is left out, named in a gap, and functions are kept.

    `parameters` are given values; the translator sees them and no defaults unless it cannot do without.
    """
    document = placed(root)
    if not isinstance(document, PlacedDict):
        return Expansion(root, (), {})
    spans = {key: getattr(key, "span", None) for key in document.get("Resources", {})}
    known = _parameters(root, parameters, allowed=STEM not in f"{document}{parameters}")
    refused: dict[str, str] = {}
    for _ in range(_MOST_ROUNDS):
        translated, causes = _translated(document, refused, known)
        if translated is not None:
            break
        fresh = {name: reason for name, reason in causes.items() if name not in refused}
        if not fresh:
            fresh = dict.fromkeys(
                (name for name in _serverless(document) if name not in refused),
                next(iter(causes.values()), "the translator refused the template"),
            )
        refused |= fresh
    else:
        translated = None
    if translated is None:
        refused |= dict.fromkeys(
            (name for name in _serverless(document) if name not in refused), "the translator gave up"
        )
        translated = {key: value for key, value in document.items() if key != "Transform"}
        translated["Resources"] = {key: value for key, value in document["Resources"].items() if key not in refused}
    resources = dict(translated.get("Resources", {}))
    for name in refused:
        resources |= _kept(document, name)
    translated["Resources"] = resources
    return _expansion(root, translated, spans, refused)


def _parameters(root: Mapping, given: Dictionary[str, str], *, allowed: bool) -> _Parameters:
    defined = read_parameters(root.get("Parameters"), given)
    words = stand_ins(defined)
    known = {name: value for name, value in given.items() if name not in words}
    return _Parameters(
        names=[*defined, *PSEUDO] if allowed else [],
        given=pseudo_stand_ins(len(defined)) | known if allowed else known,
        plain=frozenset(name for name in defined if name not in words and not defined[name].from_parameter_store),
        words=words if allowed else {},
    )


def _expansion(
    root: Mapping, translated: dict[str, Any], spans: dict[str, Span | None], refused: dict[str, str]
) -> Expansion:
    origins: dict[str, str] = {}
    entries: list[tuple[Scalar, Node]] = []
    by_length = sorted(spans, key=len, reverse=True)
    for name, body in translated["Resources"].items():
        source = name if name in spans else next((known for known in by_length if name.startswith(known)), None)
        if source is not None and name not in spans:
            origins[str(name)] = str(source)
        span = spans.get(source) if source is not None else root.span
        single = unplaced({name: body}, span)
        entries += single.entries if isinstance(single, Mapping) else ()
    frame = unplaced({key: value for key, value in translated.items() if key not in _OWN_SECTIONS}, root.span)
    stated = tuple((key, value) for key, value in root.entries if key.value == "Parameters")
    head = (*stated, *(frame.entries if isinstance(frame, Mapping) else ()))
    label = root.key("Resources")
    block = root.get("Resources")
    made = Mapping(
        (*head, (label, Mapping(tuple(entries), block.span if block else None))) if label else tuple(head), root.span
    )
    gaps = tuple(
        SamGap(f"Resources.{name}", str(name), f"SAM could not expand `{str(name)[:80]}`: {reason}", spans.get(name))
        for name, reason in refused.items()
    )
    return Expansion(made, gaps, origins)


def _serverless(document: PlacedDict) -> Iterator[str]:
    for name, body in document.get("Resources", {}).items():
        if isinstance(body, dict) and str(body.get("Type", "")).startswith("AWS::Serverless::"):
            yield name


def _translated(
    document: PlacedDict, refused: dict[str, str], parameters: _Parameters
) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """Run the translator without defaults, then with them, then with stand-ins: only as far as it cannot do without."""
    attempts: list[tuple[frozenset[str], dict[str, str]]] = [(frozenset(), {}), (parameters.plain, {})]
    if parameters.words:
        attempts.append((parameters.plain, parameters.words))
    causes: dict[str, str] = {}
    for shown, words in attempts:
        translated, refusals = _run(_prepared(document, refused, shown=shown), parameters.given | words)
        if translated is not None:
            return cast(
                "dict[str, Any]", restored(translated, parameters.names)
            ) if parameters.names else translated, {}
        causes = causes or refusals
    return None, causes


def _prepared(document: PlacedDict, refused: dict[str, str], *, shown: frozenset[str]) -> PlacedDict:
    """Copy the document with what the translator needs; only the parameters in `shown` keep their defaults."""
    copied = document.__deepcopy__({})
    definitions = copied.get("Parameters")
    for name, definition in definitions.items() if isinstance(definitions, dict) else ():
        if isinstance(definition, dict) and name not in shown:
            definition.pop("Default", None)
    resources = copied.get("Resources")
    if isinstance(resources, dict):
        for name in refused:
            resources.pop(name, None)
        for name, body in list(resources.items()):
            if not isinstance(body, dict):
                resources.pop(name)
            else:
                _locate(body)
    globals_ = copied.get("Globals")
    for kind, section in globals_.items() if isinstance(globals_, dict) else ():
        if isinstance(section, dict):
            _local_to_s3(section, {"Function": "CodeUri", "LayerVersion": "ContentUri"}.get(kind, "DefinitionUri"))
    return copied


def _locate(body: dict[str, Any]) -> None:
    """Give a resource the package location that `sam package` would write."""
    kind, properties = str(body.get("Type")), body.get("Properties")
    if kind == "AWS::Serverless::Application" and isinstance(properties, dict):
        if isinstance(properties.get("Location"), dict):
            body["Type"] = "AWS::CloudFormation::Stack"
            body["Properties"] = {"TemplateURL": _S3}
        return
    if kind not in _LOCATIONS or not isinstance(properties, dict):
        return
    key = _LOCATIONS[kind]
    _local_to_s3(properties, key)
    if key == "DefinitionUri":
        _frame_included(properties)
    if kind == _FUNCTION:
        if properties.get("PackageType") == "Image":
            properties["ImageUri"] = properties.get("ImageUri") or _IMAGE
        elif "InlineCode" not in properties:
            properties.setdefault(key, _S3)
    if kind == "AWS::Serverless::LayerVersion":
        properties.setdefault(key, _S3)


def _frame_included(properties: dict[str, Any]) -> None:
    """Put a frame around a definition that `AWS::Include` brings: the service includes first, and translates then."""
    body = properties.get("DefinitionBody")
    if isinstance(body, dict) and set(body) == {_TRANSFORM}:
        body.update({"openapi": "3.0.1", "paths": {}})


def _local_to_s3(section: dict[str, Any], key: str) -> None:
    value = section.get(key)
    if value is None and key in section:
        section.pop(key)
    local = isinstance(value, str) and not value.startswith("s3://")
    if local or (isinstance(value, dict) and not {"Bucket", "Key"} <= set(value)):
        section[key] = _S3


class _Region:
    """Stands where the translator expects a session; only the region is asked for."""

    region_name = _REGION


class _ManagedPolicies(dict[str, str]):
    """Names of AWS managed policies to ARNs, which stand where the names stood."""

    def __bool__(self) -> bool:
        return True  # the translator passes over a map that is empty

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (the type of `dict.get`)
        found = managed.arn_of(name)
        return default if found is None else placed_text(found, getattr(name, "span", None))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and managed.arn_of(name) is not None

    def __getitem__(self, name: str) -> str:
        found = managed.arn_of(name)
        if found is None:
            raise KeyError(name)
        return found


def _run(document: PlacedDict, parameters: dict[str, str]) -> tuple[dict[str, Any] | None, dict[str, str]]:
    from samtranslator.model.exceptions import ExceptionWithMessage, InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.plugins.application.serverless_app_plugin import ServerlessAppPlugin
    from samtranslator.translator.arn_generator import ArnGenerator, NoRegionFound
    from samtranslator.translator.translator import Translator

    class Offline(ServerlessAppPlugin):  # type: ignore[misc]
        """Asks the application repository for nothing."""

        def on_before_transform_template(self, template_dict: dict[str, Any]) -> None:  # noqa: ARG002 (the plugin interface)
            return None

    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    ArnGenerator.BOTO_SESSION_REGION_NAME = _REGION
    translator = Translator(_ManagedPolicies(), Parser(), plugins=[Offline(parameters=parameters)])
    translator.boto_session = _Region()
    try:
        result = translator.translate(document, parameters, get_managed_policy_map=_ManagedPolicies)
    except InvalidDocumentException as error:
        return None, dict(_causes(error))
    except (ExceptionWithMessage, NoRegionFound) as error:
        return None, {getattr(error, "_logical_id", ""): _safe(getattr(error, "message", ""))}
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError, RuntimeError):
        # The translator leaks these on malformed sections that it does not check (seen on hostile templates).
        return None, {}
    return result, {}


def _causes(error: InvalidDocumentException) -> Iterator[tuple[str, str]]:
    for cause in error.causes:
        name = getattr(cause, "_logical_id", None) or getattr(cause, "logical_id", None)
        if isinstance(name, str):
            yield name, _safe(cause.message)


def _safe(message: str) -> str:
    """Take quoted values out of the translator's words; the last sentence says what is wrong."""
    text = message.partition("is invalid. ")[2] or message
    return " ".join(_QUOTED.sub("…", text).split())[:200]


def _kept(document: PlacedDict, name: str) -> dict[str, Any]:
    """A function that the translator refused, with what it states itself and what `Globals` give it."""
    body = document["Resources"].get(name)
    if not isinstance(body, dict) or body.get("Type") != _FUNCTION:
        return {}
    stated = body.get("Properties")
    common = document.get("Globals")
    shared = common.get("Function") if isinstance(common, dict) else None
    merged: dict[str, Any] = {}
    for section in (part for part in (shared, stated) if isinstance(part, dict)):
        for key in _CARRIED:
            if key in section:
                merged[key] = _merged(merged.get(key), section[key])
    kept = PlacedDict({"Type": "AWS::Lambda::Function", "Properties": merged})
    kept.span = getattr(body, "span", None)
    if "Condition" in body:
        kept["Condition"] = body["Condition"]
    return {name: kept}


def _merged(first: object, second: object) -> object:
    if isinstance(first, dict) and isinstance(second, dict):
        made = PlacedDict(first)
        made.span = getattr(second, "span", None)
        for key, value in second.items():
            made[key] = _merged(first.get(key), value)
        return made
    return second
