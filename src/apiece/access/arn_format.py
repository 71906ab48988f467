"""ARN formats of the catalogue as patterns, and what in them is the container.

A container is the thing that a policy should name: the bucket of an object, the table of an index, the log group of a
stream. It is the first variable of the resource part; what follows lies inside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from apiece.iam.catalog import ResourceType
from apiece.iam.pattern import Pattern, Token, Wild

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_WITH_SLASHES = re.compile(
    r"(Path|ObjectName|Parameter|SecretId|LogGroup|LogStream|Alias|Object$|Resource|KeyName|TopicName$|Schedule)",
    re.IGNORECASE,
)
_NAMELESS = frozenset({"", "Resource", "Relative"})
"""What variables are called that do not say of what they are the name: `${ResourceId}`, `${Id}`."""
_GOES_ON = (("${LogGroupName}", ":"), ("${FunctionName}", ":"), (":domain/${DomainName}", "/"))
_REGION_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_SEGMENTS = {1: "partition", 3: "region", 4: "account"}
"""What stands before the resource part of an ARN, whatever its variable is called (`${ManagementAccountId}`)."""
_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands for a variable: a fixed text, characters to choose from, or None for anything the format admits."""

    text: str | None = None
    only: frozenset[str] | None = None


ANYTHING = Choice()


@dataclass(frozen=True, slots=True)
class Format:
    """One ARN format, cut into texts and variables. `container` is the index of the container among the variables."""

    arn: str
    texts: tuple[str, ...]
    variables: tuple[str, ...]
    container: int | None

    def pattern(self, **chosen: Choice) -> Pattern:
        """Compile the format. `region`, `account` and `container` say what stands there; `inside` is always free."""
        tokens: list[Token] = []
        for index, text in enumerate(self.texts):
            tokens += text
            if index < len(self.variables):
                tokens += self._tokens(index, chosen)
        return Pattern(tuple(tokens))

    def _tokens(self, index: int, chosen: dict[str, Choice]) -> list[Token]:
        name = self.variables[index]
        role = self.role(index)
        choice = chosen.get(role, ANYTHING)
        if choice.text is not None:
            return list(choice.text)
        match role:
            case "partition":
                return list("aws")
            case "region":
                return _some(Wild(many=False, only=choice.only or _REGION_CHARS))
            case "account":
                return [Wild(many=False, only=choice.only or _DIGITS)] * 12
        last = index == len(self.variables) - 1
        forbid = frozenset() if last and role == "inside" else frozenset(":/")
        if _WITH_SLASHES.search(name):
            forbid = forbid - {"/"}
        return _some(Wild(many=False, forbid=forbid, only=choice.only))

    @property
    def service(self) -> str:
        """The service segment, empty where it is not fixed."""
        head = self.texts[0] + (self.variables[0] and "\0" if self.variables else "") + "".join(self.texts[1:2])
        pieces = head.split(":")
        return pieces[2] if len(pieces) > 2 and "\0" not in pieces[2] else ""  # noqa: PLR2004

    def confines(self, prefix: str) -> bool:
        """Tell whether the literal beginning of a pattern already holds the whole container and what ends it."""
        if self.container is None or self.container + 1 >= len(self.texts):
            return False
        delimiter = self.texts[self.container + 1][:1]
        if not delimiter:
            return False
        # A name that may hold slashes ends at the colon that it cannot hold.
        inside = ":*?" if delimiter == ":" and _WITH_SLASHES.search(self.variables[self.container]) else ":/*?"
        head = "".join(
            re.escape(text) + ("([^:/*?]*)" if index < self.container else "")
            for index, text in enumerate(self.texts[: self.container + 1])
        )
        return re.match(f"{head}[^{inside}]+{re.escape(delimiter)}", prefix) is not None

    def role(self, index: int) -> str:
        """What a variable is: `partition`, `region`, `account`, `container`, or `inside` the container."""
        named = _SEGMENTS.get(self._segment(index))
        if named is not None:
            return named
        return "container" if index == self.container else "inside"

    def _segment(self, index: int) -> int:
        return sum(text.count(":") for text in self.texts[: index + 1])

    def parts_of(self, arn: str) -> dict[str, str]:
        """Take an ARN of this format apart by role."""
        expression = "".join(
            re.escape(text) + (self._group(index) if index < len(self.variables) else "")
            for index, text in enumerate(self.texts)
        )
        match = re.fullmatch(expression, arn, re.DOTALL)
        if match is None:
            return {}
        return {self.role(index): match.group(index + 1) for index in reversed(range(len(self.variables)))}

    def _group(self, index: int) -> str:
        if self.role(index) == "inside" or _WITH_SLASHES.search(self.variables[index]):
            return "(.+?)"
        return "([^:/]+)"


def _some(one: Wild) -> list[Token]:
    return [one, Wild(many=True, forbid=one.forbid, only=one.only)]


@lru_cache(maxsize=4096)
def formats_of(arn: str) -> tuple[Format, ...]:
    """Read a catalogue format.

    A log group is also known with `:*` behind its name, the way policies write it, a function with a qualifier
    (spec/evaluation.md, statement 13), and a search domain with the path of the request.
    """
    texts, variables = tuple(_VARIABLE.split(arn)[::2]), tuple(_VARIABLE.findall(arn))
    head = 0
    container = None
    for index in range(len(variables)):
        head += texts[index].count(":")
        named = variables[index].lower() in {"partition", "region", "account"}
        if head >= 5 and not named and (container is None or variables[index].endswith("FriendlyName")):  # noqa: PLR2004
            container = index
    made = Format(arn, texts, variables, container)
    for ending, mark in _GOES_ON:
        if arn.endswith(ending):
            return made, Format(f"{arn}{mark}*", (*texts[:-1], mark, ""), (*variables, "Rest"), container)
    return (made,)


def container_noun(kind: ResourceType) -> str:
    """What people call the container of a resource type: `bucket`, `log group`, `table`."""
    made = formats_of(kind.arn)[0]
    name = made.variables[made.container] if made.container is not None else ""
    name = re.sub(r"(Name|Id|Arn)?(With.*)?$", "", name)
    said = kind.name.replace("-", " ") if name in _NAMELESS else name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", said).lower()
