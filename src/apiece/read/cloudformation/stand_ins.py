"""Words that stand for parameters whose values nobody gave, while the SAM translator asks for values.

The translator refuses a parameter without a value where it makes names of it (`AutoPublishAlias`), though whoever
deploys the stack will give one. It is shown a word instead, and the word becomes a reference again in what it wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Dictionary

from apiece.read.cloudformation.parameters import Parameter
from apiece.read.cloudformation.placed import PlacedDict, PlacedList

STEM = "ApieceStandIn"
"""What all words begin with: a template that holds it gets none, or its own text would become a reference."""
_WORD = re.compile(STEM + r"(\d+)End")
_WORD_OR_VARIABLE = re.compile(r"\$\{[^{}]*\}|" + _WORD.pattern)
_NAMING = frozenset({"Ref", "Fn::GetAtt", "DependsOn", "Condition"})
"""What stands under these keys is the name of a resource, and part of it may be a parameter's value."""


PSEUDO = ("AWS::Region", "AWS::Partition")
"""The translator would put the region and partition that it runs in where these stand."""


def stand_ins(parameters: Dictionary[str, Parameter]) -> dict[str, str]:
    """Give each parameter whose value is one text and not known here, or secret, its word."""
    return {
        name: f"{STEM}{index}End"
        for index, (name, parameter) in enumerate(parameters.items())
        if not parameter.is_list
        and parameter.type != "Number"
        and (parameter.value is None or parameter.from_parameter_store or parameter.no_echo)
    }


def pseudo_stand_ins(defined: int) -> dict[str, str]:
    """Give the pseudo parameters words behind those of all defined parameters."""
    return {name: f"{STEM}{defined + index}End" for index, name in enumerate(PSEUDO)}


def restored(value: object, names: list[str]) -> object:
    """Put references back where words stand. `names` are all parameters in order, and `PSEUDO` behind them."""
    match value:
        case dict():
            made = PlacedDict((_name(key, names), _below(key, item, names)) for key, item in value.items())
            made.span = getattr(value, "span", None)
            return made
        case list():
            items = PlacedList(restored(item, names) for item in value)
            items.span = getattr(value, "span", None)
            return items
        case str() if _WORD.search(value):
            return _reference(value, names)
        case _:
            return value


def _below(key: str, value: object, names: list[str]) -> object:
    if key == "Fn::Sub":
        return _substituted(value, names)
    return _naming(value, names) if key in _NAMING else restored(value, names)


def _naming(value: object, names: list[str]) -> object:
    if isinstance(value, list):
        return [_naming(item, names) for item in value]
    return _name(value, names) if isinstance(value, str) else restored(value, names)


def _name(text: str, names: list[str]) -> str:
    """A name that the translator made of a word is made of the parameter's name instead, everywhere alike."""
    return (
        _WORD.sub(lambda match: _called(match.group(1), names).replace(":", ""), text) if _WORD.search(text) else text
    )


def _reference(text: str, names: list[str]) -> object:
    """A whole word is a reference; a word inside a text makes the text a join."""
    pieces = _WORD.split(text)
    parts: list[object] = [{"Ref": _called(piece, names)} if odd % 2 else piece for odd, piece in enumerate(pieces)]
    kept = [part for part in parts if part != ""]
    return kept[0] if len(kept) == 1 else {"Fn::Join": ["", kept]}


def _substituted(argument: object, names: list[str]) -> object:
    """The text of `Fn::Sub` names parameters itself; its values are restored like all others."""
    match argument:
        case str():
            return _WORD_OR_VARIABLE.sub(lambda match: _variable(match, names), argument)
        case [str() as text, dict() as values]:
            return [_substituted(text, names), restored(values, names)]
        case _:
            return argument


def _variable(match: re.Match[str], names: list[str]) -> str:
    word = match.group(1)
    return _name(match.group(), names) if word is None else "${" + _called(word, names) + "}"


def _called(index: str, names: list[str]) -> str:
    """The parameter behind a word; a word that nobody gave names nothing, and becomes a gap."""
    known = index.isascii() and len(index) < 6 and int(index) < len(names)  # noqa: PLR2004
    return names[int(index)] if known else f"{STEM}{index}End"
