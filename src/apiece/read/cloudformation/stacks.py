"""Files to resolved templates: parse, expand, resolve, and join the stacks that belong together."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

from apiece.errors import MalformedSource
from apiece.estate.gap import Gap
from apiece.estate.provenance import InFile
from apiece.estate.subject import Subject, SubjectKind
from apiece.read.cloudformation.language_extensions import expand as expand_language
from apiece.read.cloudformation.load import is_template, load
from apiece.read.cloudformation.resolve import Template, resolve
from apiece.read.cloudformation.sam import expand as expand_sam
from apiece.read.cloudformation.shown import Shown, shown
from apiece.text import Text
from apiece.tree import Mapping


@dataclass(frozen=True)
class Stack:
    """One template of the run, resolved."""

    template: Template
    lines: tuple[str, ...]
    shown: Shown
    gaps: tuple[Gap, ...]
