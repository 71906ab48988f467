"""Environment variables: judged while their values are at hand, stored only as far as sealing allows."""

from __future__ import annotations

from apiece.estate.function import Origin, OriginKind, Variable
from apiece.estate.seal import Sealed, judge, seal_text
from apiece.estate.subject import SubjectKind
from apiece.estate.when import When
from apiece.read.cloudformation.attributes import is_secret
from apiece.read.cloudformation.build.site import Site, shown, text_of
from apiece.read.cloudformation.references import service_of
from apiece.read.cloudformation.resolve import dynamic_kind, origins
from apiece.read.cloudformation.terms import RNode
from apiece.text import Text, holes
from apiece.tree import Mapping, Node

_SECRET_ORIGINS = frozenset({OriginKind.NO_ECHO_PARAMETER, OriginKind.DYNAMIC_SECRET})


def variables(site: Site) -> tuple[Variable, ...]:
    """Read the environment of a function; each variable carries the choices it depends on."""
    found: list[Variable] = []
    for when, block in site.guarded(site.get("Environment")):
        node = block.get("Variables") if isinstance(block, Mapping) else block
        for joint, alternative in site.guarded(node, when):
            if not isinstance(alternative, Mapping):
                site.gap(
                    SubjectKind.FUNCTION,
                    "function.environment",
                    f"the environment is {shown(alternative)}",
                    at=alternative,
                )
                continue
            for key, value in alternative.entries:
                found.extend(_forms(site, str(key.value), value, joint))
    return tuple(found)


def _forms(site: Site, name: str, node: RNode, when: When) -> list[Variable]:
    raw = _raw(site, name)
    sources = origins(site.template, raw) if raw is not None else frozenset()
    found: list[Variable] = []
    forms = site.forms(node, when)
    if forms is None:
        site.gap(SubjectKind.FUNCTION, "function.environment", f"variable `{name[:80]}` has too many forms", at=node)
        return []
    for joint, form in forms:
        text = text_of(form)
        if text is None:
            site.gap(SubjectKind.FUNCTION, "function.environment", f"variable `{name[:80]}` is {shown(form)}", at=form)
            continue
        found.append(_variable(site, name, text, _with_lookups(site, sources, text), joint, form))
    return found


def _with_lookups(site: Site, sources: frozenset[Origin], text: Text) -> tuple[Origin, ...]:
    """The sources with what is looked up at deployment under a composed name, and attributes that are credentials."""
    more = set(sources)
    for hole in holes(text):
        if service_of(hole.name) is not None:
            more.add(Origin(dynamic_kind(hole.name), hole.name))
        elif is_secret(site.template, hole.name):
            more.add(Origin(OriginKind.DYNAMIC_SECRET, hole.name))
    return tuple(sorted(more))


def _variable(site: Site, name: str, text: Text, sources: tuple[Origin, ...], when: When, node: Node) -> Variable:
    place = site.place(node, f"Environment.Variables.{name}")
    hits = judge(name, text)
    known = frozenset(resource.logical_id for resource in site.template.resources)
    sealed = seal_text(text, known_names=known, judged=hits)
    confidential = bool(hits) or any(origin.kind in _SECRET_ORIGINS for origin in sources)
    if confidential and isinstance(text, str):
        site.notebook.secrets.add(text)
        if not isinstance(sealed, Sealed):
            sealed = Sealed(shape="text", length="", hits=())
    if isinstance(sealed, Sealed):
        return Variable(name=name, sealed=sealed, hits=hits, origins=sources, when=when, at=place)
    return Variable(name=name, value=sealed, hits=hits, origins=sources, when=when, at=place)


def _raw(site: Site, name: str) -> Node | None:
    """The value as it was written, before anything was resolved; the whole environment where it cannot be told."""
    properties = site.resource.raw_properties
    environment = properties.get("Environment") if isinstance(properties, Mapping) else None
    block = environment.get("Variables") if isinstance(environment, Mapping) else None
    value = block.get(name) if isinstance(block, Mapping) else None
    return value if value is not None else environment
