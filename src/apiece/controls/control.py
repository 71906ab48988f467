"""What a control is: a pure function whose docstring is its documentation and whose decorator is its metadata."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass

from apiece.records.verdict import Cadence, Criterion, Severity, Verdict

Rule = Callable[..., Verdict]


@dataclass(frozen=True, slots=True)
class Control:
    """A control with its metadata. `takes` maps the rule's parameter names to their types; the first is the subject."""

    id: str
    criteria: tuple[Criterion, ...]
    severity: Severity
    reads: tuple[str, ...]
    remedy: str
    doc: str
    rule: Rule
    takes: tuple[tuple[str, type], ...]
    cadence: Cadence = Cadence.DAILY
    by_default: bool = True

    @property
    def title(self) -> str:
        """The first line of the documentation, without its full stop."""
        return self.doc.splitlines()[0].rstrip(".")

    @property
    def objective(self) -> str:
        """What holds where the control passes, in an auditor's words; empty where the page does not say."""
        return self._section("Objective")

    @property
    def procedure(self) -> str:
        """How somebody else tests the control by hand; empty where the page does not say."""
        return self._section("Test procedure")

    @property
    def advice(self) -> str:
        """What to do about a deviation."""
        return self._section("Remedy")

    def _section(self, name: str) -> str:
        """The text below a heading of the documentation, on one line a paragraph."""
        _, _, rest = self.doc.partition(f"\n## {name}\n")
        paragraphs = rest.partition("\n## ")[0].strip().split("\n\n")
        return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)

    @property
    def population(self) -> type:
        """The type of the subjects."""
        return self.takes[0][1]


def control(
    *,
    criteria: tuple[Criterion, ...],
    severity: Severity,
    reads: tuple[str, ...],
    remedy: str,
    cadence: Cadence = Cadence.DAILY,
    by_default: bool = True,
) -> Callable[[Rule], Control]:
    """Make a control of a rule. The control's id is the rule's name with hyphens.

    `severity` is the gravest that a deviation can have; `reads` names the facts (`function.role`) of which a gap makes
    the verdict unknown. `cadence` is how often the control is to be run. A control that is not run
    `by_default` has to be asked for.
    """

    def make(rule: Rule) -> Control:
        hints = typing.get_type_hints(rule)
        names = list(inspect.signature(rule).parameters)
        module = inspect.getmodule(rule)
        return Control(
            id=rule.__name__.replace("_", "-"),
            criteria=criteria,
            severity=severity,
            reads=reads,
            remedy=remedy,
            doc=inspect.cleandoc((module.__doc__ if module else None) or rule.__doc__ or ""),
            rule=rule,
            takes=tuple((name, hints[name]) for name in names),
            cadence=cadence,
            by_default=by_default,
        )

    return make
