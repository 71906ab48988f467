"""One resource of one resolved template: its place, its subject, and its properties under the template's conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from apiece.estate.gap import Gap, filled_by
from apiece.estate.provenance import InFile
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.when import ALWAYS, When, both
from apiece.read.cloudformation.resolve import Resource, Template
from apiece.read.cloudformation.terms import Absent, Choice, RNode, TooManyVariants, variants
from apiece.text import Text, holes, show
from apiece.tree import Mapping, Node, Scalar, Sequence

MAX_VARIANTS = 64


@dataclass
class Notebook:
    """What the builders write down beside records: gaps, and the choices that were met."""

    gaps: list[Gap] = field(default_factory=list)
    choices: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Site:
    """A resource where it stands. `when` are the choices under which it is deployed at all."""

    template: Template
    resource: Resource
    when: When
    notebook: Notebook

    @property
    def stack(self) -> str:
        return self.template.stack

    def subject(self, kind: SubjectKind) -> Subject:
        return Subject(kind=kind, logical_id=self.resource.logical_id, stack=self.stack)

    def get(self, *keys: str) -> RNode | None:
        """Follow keys through mappings; None where there is nothing or where a choice stands in the way."""
        node: RNode | None = self.resource.properties
        for key in keys:
            if not isinstance(node, Mapping):
                return None
            node = node.get(key)
        return None if isinstance(node, Absent) else node

    def place(self, node: RNode | Node | None = None, path: str = "") -> InFile:
        """The provenance of a node of this resource, or of the resource itself."""
        route = f"Resources.{self.resource.logical_id}" + (f".Properties.{path}" if path else "")
        span = getattr(node, "span", None) or self.resource.span
        return InFile(file=span.file if span else self.stack, path=route, span=span)

    def gap(self, about: SubjectKind | Subject, needs: str, reason: str, *, at: RNode | Node | None = None) -> None:
        """Write down that a fact of this resource, or of another subject, is not known."""
        subject = about if isinstance(about, Subject) else self.subject(about)
        self.notebook.gaps.append(Gap(subject=subject, needs=needs, reason=reason, hint=advice(at), at=self.place(at)))

    def guarded(self, node: RNode | None, when: When | None = None) -> Iterator[tuple[When, RNode]]:
        """Open the choices at the top of a node: each alternative with the choices it needs; nothing for absence."""
        when = self.when if when is None else when
        match node:
            case None | Absent():
                return
            case Choice():
                name = f"{self.stack}#{node.condition}"
                for value, branch in ((True, node.then), (False, node.otherwise)):
                    joint = self.joined(when, ((name, value),))
                    if joint is not None:
                        yield from self.guarded(branch, joint)
            case _:
                yield when, node

    def elements(self, node: RNode | None, when: When | None = None) -> Iterator[tuple[When, RNode]]:
        """Walk a list whose parts may depend on conditions; a single value counts as a list of one."""
        for joint, alternative in self.guarded(node, when):
            if isinstance(alternative, Sequence):
                for item in cast("tuple[RNode, ...]", alternative.items):
                    yield from self.elements(item, joint) if isinstance(item, Choice) else self.guarded(item, joint)
            else:
                yield joint, alternative

    def forms(self, node: RNode, when: When | None = None) -> list[tuple[When, Node]] | None:
        """All possible forms of a node without any choice left inside; None where they are too many."""
        when = self.when if when is None else when
        found: list[tuple[When, Node]] = []
        try:
            alternatives = variants(node, self.template.conditions, limit=MAX_VARIANTS)
        except TooManyVariants:
            return None
        for raw, form in alternatives:
            joint = self.joined(when, tuple(sorted((f"{self.stack}#{name}", value) for name, value in raw)))
            if joint is not None:
                found.append((joint, form))
        return found

    def joined(self, first: When, second: When) -> When | None:
        """Combine choices; None where they contradict each other or no parameters make them true together."""
        joint = both(first, second)
        if joint is None:
            return None
        self.notebook.choices.update(name for name, _ in joint)
        own = tuple((name.rpartition("#")[2], value) for name, value in joint if name.startswith(f"{self.stack}#"))
        return joint if self.template.conditions.feasible(own) else None


def site_of(template: Template, resource: Resource, notebook: Notebook) -> Site | None:
    """Place a resource; None where the given parameters leave it out.

    A resource whose condition is false whatever the parameters are is judged as if it were deployed: whoever edits the
    condition deploys it, and nobody would look again.
    """
    when: When = ALWAYS
    if resource.condition is not None:
        decided = template.conditions.decided(resource.condition)
        if decided is False and template.pinned:
            return None
        if decided is None:
            when = ((f"{template.stack}#{resource.condition}", True),)
            notebook.choices.add(f"{template.stack}#{resource.condition}")
    return Site(template, resource, when, notebook)


def text_of(node: RNode | None) -> Text | None:
    """Return a scalar as text (numbers and booleans as CloudFormation writes them), None for anything else."""
    if not isinstance(node, Scalar):
        return None
    match node.value:
        case None:
            return None
        case bool():
            return "true" if node.value else "false"
        case int() | float():
            return str(node.value)
        case _:
            return node.value


def literal_of(node: RNode | None) -> str | None:
    """Return a scalar's text if all of it is known."""
    text = text_of(node)
    return text if isinstance(text, str) else None


def integer_of(node: RNode | None) -> int | None:
    """Return a whole number, also one written as text."""
    text = literal_of(node)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        return None


def boolean_of(node: RNode | None) -> bool | None:
    """Return a truth value as CloudFormation reads it."""
    return {"true": True, "false": False}.get((literal_of(node) or "").lower())


def advice(node: RNode | Node | None) -> str | None:
    """Say how to close a gap that a hole made."""
    text = text_of(node) if isinstance(node, Scalar) else None
    return next((found for hole in holes(text) if (found := filled_by(hole))), None) if text is not None else None


def shown(node: RNode | None) -> str:
    """Write a value for a message: a text with its holes, else what kind of thing stands there."""
    text = text_of(node)
    if text is not None:
        return show(text)[:120]
    return {Mapping: "an object", Sequence: "a list"}.get(type(node), "nothing")
