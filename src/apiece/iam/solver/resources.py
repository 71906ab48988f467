"""Whether some resource satisfies the facts about it, and which one (statements 13, 18, 20 to 22)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache

from apiece.iam.catalog.domains import NAMES_WITHOUT_SLASH
from apiece.iam.pattern import Pattern, PatternBudget, Token, Wild, cost_of_meeting, find, intersects, matches
from apiece.iam.solver.actions import ANY_ARN, STAR
from apiece.iam.solver.answers import NEVER, SOMETIMES, Holds, Look
from apiece.iam.solver.facts import About, Union
from apiece.iam.solver.globs import apart, covers, in_format, misses, names, parts_of
from apiece.iam.solver.spending import Spending
from apiece.iam.solver.words import ANY, SEGMENTS, Word

_STEPS = 200_000
_COST_OF_SEARCH = 50
_WORDS_A_STEP = 4
_FILLERS = ("example", "x", "zq9")
_IN_SEGMENT = Wild(many=True, forbid=frozenset(":"))
_VARIABLES = re.compile(r"(\$\{[^}]*\})")
_PLACE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_SLASH = frozenset("/")
_MIDDLE: tuple[Token, ...] = (_IN_SEGMENT, ":") * (SEGMENTS - 2)
_ANY_ARN = Pattern((*"arn:", *_MIDDLE, ANY))
_AWS, _ELSEWHERE = "aws", "aws-cn"
_FRIENDLY = ("arn", "aws", "example", "us-east-1", "111122223333")


def look(domain: str | None, facts: About, spending: Spending) -> Look:
    """Tell whether a domain holds a resource with which all facts are true. None is the domain of all resources.

    Raises `OutOfBudget`.
    """
    if domain == STAR:
        return SOMETIMES if _star(facts) else NEVER
    if domain is None and _star(facts):
        return SOMETIMES
    wanted, unwanted = _split(facts)
    if any(word.is_everything for word in unwanted):
        return NEVER
    best = NEVER
    for choice in _choices(domain, wanted, spending):
        found = _look(domain, choice, unwanted, spending)
        if found.holds is Holds.SOMETIMES:
            return found
        if found.holds is Holds.PERHAPS:
            best = found
    return best


def example(domain: str, facts: About, spending: Spending) -> str | None:
    """A resource of a domain with which all facts are true, readable where that can be; None if none is found.

    Opaque words are taken as upper bounds: whether the example fits, only evaluation says.
    """
    if domain == STAR:
        return STAR
    wanted, unwanted = _split(facts)
    possible = (one for one in _choices(domain, wanted, spending) if all(word.resource is not None for word in one))
    for choice in _certain_first(possible, unwanted, spending):
        for text in _likely(domain, choice):
            spending.spend(2 + len(unwanted) // _WORDS_A_STEP)
            if not {"*", "?"} & set(text) and _is(domain, text, choice, unwanted):
                return text
        positive = (_domain(domain), *(word.resource for word in choice if word.resource is not None))
        negative = tuple(word.resource for word in unwanted if not word.is_opaque and word.resource is not None)
        spending.spend(_COST_OF_SEARCH * (len(positive) + len(negative)))
        try:
            found = find(positive, negative, budget=min(_STEPS, spending.left + 1), spend=spending.spend)
        except PatternBudget:
            continue
        if found is not None and not {"*", "?"} & set(found):  # in a request they would ask about many resources
            return found
    return None


def _certain_first(
    choices: Iterator[tuple[Word, ...]], unwanted: tuple[Word, ...], spending: Spending
) -> Iterator[tuple[Word, ...]]:
    """The choices that depend on no opaque word, then the others, of which no more are kept than are paid for."""
    bounded = []
    opaque = tuple(word for word in unwanted if word.is_opaque)
    for choice in choices:
        spending.spend(len(opaque))
        if _is_bounded(choice, opaque):
            bounded.append(choice)
        else:
            yield choice
    yield from bounded


def _is_bounded(choice: tuple[Word, ...], unwanted: tuple[Word, ...]) -> bool:
    """Tell whether a choice depends on an opaque word, so that its language is only an upper bound."""
    near = (word for word in unwanted if not any(apart(word, one) for one in choice))
    return any(word.is_opaque for word in (*choice, *near))


def _star(facts: About) -> bool:
    """Statement 22: `*` is matched by a word that takes in everything, and by nothing else."""
    return all((union.takes_all or union.star) is sign for union, sign in facts if isinstance(union, Union))


def _split(facts: About) -> tuple[list[Union], tuple[Word, ...]]:
    unions = [(union, sign) for union, sign in facts if isinstance(union, Union)]
    wanted = [union for union, sign in unions if sign and not union.takes_all]
    wanted.sort(key=lambda union: (len(union.words), [str(word.text) for word in union.words]))
    unwanted = dict.fromkeys(word for union, sign in unions if not sign for word in union.words)
    return wanted, tuple(sorted(unwanted, key=lambda word: str(word.text)))


def _choices(domain: str | None, wanted: list[Union], spending: Spending) -> Iterator[tuple[Word, ...]]:
    """One word of each union, without those that cannot meet."""
    if not wanted:
        yield ()
        return
    first, *others = (_near(domain, union) for union in wanted)
    for word in first:
        spending.spend(1 + len(others))
        kept = [tuple(other for other in words if not apart(word, other)) for words in others]
        if all(kept):
            for rest in itertools.product(*kept):
                spending.spend(1)
                yield tuple(dict.fromkeys((word, *rest)))


def _near(domain: str | None, union: Union) -> tuple[Word, ...]:
    """The words of a union that a resource of a domain may be in."""
    if domain is None or domain == ANY_ARN:
        return union.words
    return tuple(word for word in union.words if not misses(word, domain))


def _look(domain: str | None, choice: tuple[Word, ...], unwanted: tuple[Word, ...], spending: Spending) -> Look:
    if any(word.resource is None for word in choice):
        return NEVER
    spending.spend(len(unwanted) + 1)
    near = unwanted if domain is None or domain == ANY_ARN else (word for word in unwanted if not misses(word, domain))
    against = [word for word in near if not any(apart(word, one) for one in choice)]
    if any(covers(word, one) for word in against for one in choice):
        return NEVER
    opaque = [word for word in (*choice, *against) if word.is_opaque]
    exact = [word for word in against if not word.is_opaque and word.resource is not None]
    if not opaque:
        for text in _likely(domain, choice):
            spending.spend(2 + len(exact) // _WORDS_A_STEP)
            if _is(domain, text, choice, tuple(exact)):
                return SOMETIMES
    elif not exact and domain is None:
        return Look(Holds.PERHAPS, _why(opaque))
    if not _search(domain, choice, exact, spending):
        return NEVER
    return Look(Holds.PERHAPS, _why(opaque)) if opaque else SOMETIMES


def _search(domain: str | None, choice: tuple[Word, ...], exact: list[Word], spending: Spending) -> bool:
    own = [word.resource for word in choice if word.resource is not None]
    positive = [*own, _domain(domain)] if domain is not None else own or [_ANY_ARN]
    for one, other in itertools.combinations(positive, 2):
        spending.spend(cost_of_meeting(one, other))
        if not intersects(one, other):
            return False
    negative = [word.resource for word in exact if word.resource is not None]
    if len(positive) <= 2 and not negative:  # noqa: PLR2004 two that meet have a text in common
        return True
    for text in _likely(domain, choice):
        spending.spend(2 + len(negative) // _WORDS_A_STEP)
        if all(matches(one, text) for one in positive) and not any(matches(one, text) for one in negative):
            return True
    spending.spend(sum(cost_of_meeting(one, other) for one in positive for other in negative))
    spending.spend(_COST_OF_SEARCH * (len(positive) + len(negative)))
    try:
        return find(positive, negative, budget=min(_STEPS, max(spending.left, 1)), spend=spending.spend) is not None
    except PatternBudget:
        spending.spend(spending.left + 1)
        raise


def _why(opaque: list[Word]) -> str:
    word = opaque[0]
    kind = "a value that is not known before deployment" if word.has_open_value else "a policy variable"
    return f"the resource `{word.text}` holds {kind}"


# ---- domains and texts -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def _domain(domain: str) -> Pattern:
    """The ARNs of a format (docs/adr/0014, "The world")."""
    if domain == ANY_ARN:
        return _ANY_ARN
    tokens: list[Token] = []
    colons = 0
    for piece in _VARIABLES.split(domain):
        if not piece.startswith("${"):
            tokens += piece
            colons += piece.count(":")
        elif colons < SEGMENTS - 1:
            tokens += [Wild(many=False, only=_PLACE)] if piece == "${Partition}" else []
            tokens.append(Wild(many=True, only=_PLACE))
        else:
            forbid = _SLASH if piece[2:-1] in NAMES_WITHOUT_SLASH else frozenset()
            tokens += [Wild(many=False, forbid=forbid), Wild(many=True, forbid=forbid)]
    return Pattern(tuple(tokens))


def _likely(domain: str | None, choice: tuple[Word, ...]) -> Iterator[str]:
    """ARNs that a person would try first: fixed segments as they are written, the rest with readable names."""
    written = [parts for word in choice if (parts := parts_of(word)) is not None]
    shape = domain.split(":", SEGMENTS - 1) if domain is not None and domain != ANY_ARN else None
    first = [_segment(place, written, shape) for place in range(SEGMENTS - 1)]
    names = [parts[-1] for parts in written if len(parts) == SEGMENTS and parts[-1].strip("*")]
    names += [one[:-1] + other for one in names for other in names if one[-1] == "*" == other[0] and one != other]
    names.sort(key=lambda name: ("*" in name or "?" in name, -len(name)))
    for place in (first[1], _ELSEWHERE) if not any(word.head[1:2] == (_AWS,) for word in choice) else (first[1],):
        head = ":".join((first[0], place, *first[2:]))
        for filler in _FILLERS:
            yield from (f"{head}:{name}" for name in _names_like(None if shape is None else shape[-1], names, filler))


def _names_like(whole: str | None, names: list[str], filler: str) -> Iterator[str]:
    """Readable last segments: as words write them, as the format does, begun like a word and ended like the format."""
    for name in names:
        yield name.replace("*", filler).replace("?", filler[:1])
    if whole is None:
        if not names:
            yield filler
        return
    yield named(whole, filler)
    _, variable, rest = whole.partition("}")
    for name in names if variable else ():
        yield f"{name.rstrip('*')}{named('${Name}' + rest, filler)}".replace("*", filler).replace("?", filler[:1])


def _segment(place: int, written: list[list[str]], shape: list[str] | None) -> str:
    fixed = [parts[place] for parts in written if place < len(parts)]
    if shape is not None:
        fixed.insert(0, shape[place])
    plain = (text for text in fixed if "*" not in text and "?" not in text and "$" not in text)
    chosen = next(plain, None)
    if chosen is not None:
        return chosen
    partly = next((text for text in fixed if text.strip("*") and "$" not in text), None)
    if partly is not None:
        return partly.replace("*", "1").replace("?", "1")
    return _FRIENDLY[place]


@lru_cache(maxsize=16384)
def named(part: str, filler: str) -> str:
    """The resource part of a format with readable names."""
    return _VARIABLES.sub(filler, part)


def _in_domain(domain: str, text: str) -> bool:
    return (
        text.startswith("arn:") and (domain == ANY_ARN or in_format(domain, text)) and text.count(":") >= SEGMENTS - 1
    )


def _is(domain: str | None, text: str, choice: tuple[Word, ...], unwanted: tuple[Word, ...]) -> bool:
    if domain is not None and not _in_domain(domain, text):
        return False
    return all(_names(word, text) for word in choice) and not any(
        _names(word, text) for word in unwanted if not word.is_opaque
    )


def _names(word: Word, text: str) -> bool:
    told = names(word, text)
    if told is not None:
        return told
    return word.resource is not None and matches(word.resource, text)
