"""Whether one statement speaks about one request, without the question who asks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apiece.iam import catalog
from apiece.iam.catalog.domains import domains_of
from apiece.iam.condition import Context, holds
from apiece.iam.document import Effect, Policy, PolicyKind, Statement, Word
from apiece.iam.match import (
    Open,
    Tokens,
    Truth,
    Unresolved,
    all_of,
    any_of,
    glob,
    has_wildcard,
    is_everything,
    negated,
    prepare,
    resource_matches,
)
from apiece.iam.request import Request, context_of
from apiece.text import Text

_PAD_ALWAYS = frozenset({PolicyKind.IDENTITY})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request made ready: its context, its resource as a pattern, and whether the action takes no resource."""

    request: Request
    context: Context
    resource: Tokens
    wildcard_only: bool


def asked(request: Request) -> Asked:
    """Prepare a request. `*` in its resource asks about many resources, except for actions that may name none (22)."""
    wildcard_only = request.resource == "*" and _may_name_none(request.action)
    resource = prepare(request.resource, variables=False, context={})
    tokens = resource if isinstance(resource, tuple) else ()
    return Asked(request, context_of(request), tokens, wildcard_only)


def _may_name_none(name: str) -> bool:
    """Tell whether `*` is a resource of an action: what is not known may be so (36)."""
    action = catalog.load().action(name)
    return action is None or "*" in domains_of(action.name)


def speaks(statement: Statement, policy: Policy, ask: Asked) -> Truth:
    """Decide action, resource and conditions of a statement (statements 18 to 32)."""
    variables = policy.version == "2012-10-17"
    action = _action(statement, ask)
    if action is False:
        return False
    return all_of(
        [
            action,
            _resource(statement, policy, ask, variables=variables),
            holds(statement.conditions, ask.context, variables=variables),
        ]
    )


def _action(statement: Statement, ask: Asked) -> Truth:
    if statement.actions is not None:
        return _any_action(statement.actions, ask)
    return negated(_any_action(statement.not_actions or (), ask))


def _any_action(words: tuple[Word, ...], ask: Asked) -> Truth:
    action = ask.request.action.lower()
    return any_of([_matches_action(word.text, action) for word in words])


def _matches_action(text: Text, action: str) -> Truth:
    """Statement 19: names are compared without case; `action` is in lower case."""
    if isinstance(text, str):
        text = text.lower()  # as a whole: a letter may become two
        if "*" not in text and "?" not in text:
            return text == action and not any(map(str.isspace, text))
        if not action.startswith(re.split(r"[*?]", text, maxsplit=1)[0]):
            return False
    tokens = prepare(text, variables=False, context={})
    if isinstance(tokens, Open):
        return None
    if isinstance(tokens, Unresolved) or any(map(str.isspace, tokens)):
        return False
    return glob(tuple(token.lower() for token in tokens), tuple(action))


def _resource(statement: Statement, policy: Policy, ask: Asked, *, variables: bool) -> Truth:
    """Statements 13, 18 and 20 to 22."""
    if statement.resources is not None:
        covering = statement.effect is Effect.DENY
        return any_of(
            [
                _matches_resource(word, policy, ask, variables=variables, covering=covering)
                for word in statement.resources
            ]
        )
    if statement.not_resources is not None:
        covering = statement.effect is Effect.ALLOW
        return negated(
            any_of(
                [
                    _matches_resource(word, policy, ask, variables=variables, covering=covering)
                    for word in statement.not_resources
                ]
            )
        )
    return True  # a trust policy names no resource


def _matches_resource(word: Word, policy: Policy, ask: Asked, *, variables: bool, covering: bool) -> Truth:
    tokens = prepare(word.text, variables=variables, context=ask.context)
    if isinstance(tokens, Open):
        return None
    if isinstance(tokens, Unresolved):
        return False
    if ask.wildcard_only:
        return is_everything(tokens)
    if not has_wildcard(ask.resource):
        covering = True
    return resource_matches(tokens, ask.resource, pad_always=policy.kind in _PAD_ALWAYS, covering=covering)
