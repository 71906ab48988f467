"""Whether some value of a context key satisfies the facts about it, and which (statements 24 to 32)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

from apiece.iam.pattern import Pattern, PatternBudget, Wild, cost_of_meeting, find, intersects, matches
from apiece.iam.solver import values
from apiece.iam.solver.answers import NEVER, SOMETIMES, Holds, Look
from apiece.iam.solver.atoms import Atom, Family, Over
from apiece.iam.solver.facts import About
from apiece.iam.solver.globs import apart
from apiece.iam.solver.spending import Spending
from apiece.iam.solver.words import ANY, Word

T = TypeVar("T")
_STEPS = 200_000
_COST_OF_SEARCH = 50
_WORDS_A_STEP = 4
_SOME_TEXT = Pattern((Wild(many=False), ANY))
_READABLE = ("example", "x", "")

Held = tuple[Atom, bool]
"""The condition holds, or it does not."""
Value = tuple[str, ...]
"""The values of a key; none where it is absent."""


def look(facts: About, spending: Spending, *, several: bool) -> Look:
    """Tell whether a key can be so that all facts are true; `several` says that it may have more than one value.

    Raises `OutOfBudget`.
    """
    return _decide(facts, _with_values(facts, spending, several=several), present=False)[0]


def example(facts: About, spending: Spending, *, several: bool, present: bool) -> Value | None:
    """Values with which all facts are true, or none certainly false; None where there are none.

    `present` prefers a value to absence.
    """
    return _decide(facts, _with_values(facts, spending, several=several), present=present)[1]


Answer = tuple[Look, Value | None]


def _decide(facts: About, answers: Iterator[Answer], *, present: bool) -> Answer:
    absent = _absent(facts)
    if absent and not present:
        return SOMETIMES, ()
    unsettled = Look(Holds.PERHAPS, "`ForAnyValue` with `IfExists` on an absent key is not settled")
    best: Answer = (unsettled, None) if absent is None else (NEVER, None)
    for found, value in answers:
        if found.holds is Holds.SOMETIMES:
            return found, value
        if found.holds is Holds.PERHAPS and best[1] is None:
            best = (found, value)
    return (SOMETIMES, ()) if absent else best


def _with_values(facts: About, spending: Spending, *, several: bool) -> Iterator[Answer]:
    """What a key that is there can be: one value, then several."""
    present = _present(facts)
    if present is None:
        return
    single, value = _single(present, spending)
    yield single, None if value is None else (value,)
    if several:
        yield _several(present, spending)


def _absent(facts: About) -> bool | None:
    held = ((atom.when_absent(), sign) for atom, sign in facts if isinstance(atom, Atom))
    said = [None if told is None else told is sign for told, sign in held]
    return False if False in said else None if None in said else True


def _present(facts: About) -> list[Held] | None:
    """The facts about the values of a key that is there; None where it cannot be."""
    found = []
    for atom, sign in facts:
        if not isinstance(atom, Atom):
            continue
        if atom.family is Family.PRESENCE:
            if atom.null(present=True) is (not sign):
                return None
        else:
            found.append((atom, sign))
    return sorted(found, key=_rank)


def _rank(fact: Held) -> tuple[bool, int, str]:
    atom, sign = fact
    return sign is atom.negative, len(atom.words), str(atom.words[0].text) if atom.words else ""


def _several(facts: list[Held], spending: Spending) -> Answer:
    """Sets of two and more: what holds of all values, and a value for each thing that must be among them."""
    universal = [fact for fact in facts if fact[0].over is Over.ONE or (fact[0].over is Over.ALL) is fact[1]]
    existential = [fact for fact in facts if fact not in universal]
    chosen: list[str] = []
    worst = SOMETIMES
    for wanted in [[fact] for fact in existential] or [[]]:
        found, value = _single([*universal, *wanted], spending)
        if found.holds is Holds.NEVER:
            return NEVER, None
        if found.holds is Holds.PERHAPS:
            worst = found
        if value is not None:
            chosen.append(value)
    return worst, tuple(dict.fromkeys(chosen)) or None


# ---- one value -------------------------------------------------------------------------------------------------------


def _single(facts: list[Held], spending: Spending) -> tuple[Look, str | None]:
    families: dict[Family, list[Held]] = {}
    for fact in facts:
        families.setdefault(fact[0].family, []).append(fact)
    if not families:
        return SOMETIMES, "example"
    opaque = next((word for atom, _ in facts for word in atom.words if word.is_opaque), None)
    if len(families) == 1:
        family = next(iter(families))
        if family is Family.TEXT:
            return _text(facts, spending)
        held, value = _tried(facts, _candidates(family, facts), spending)
        if held is Holds.SOMETIMES:
            return SOMETIMES, value
        return (NEVER if opaque is None else Look(Holds.PERHAPS, _why(facts[0][0], opaque))), value
    finite = next((atom for atom, sign in facts if sign is not atom.negative and _is_finite(atom)), None)
    if finite is not None:
        held, value = _tried(facts, (str(word.text) for word in finite.words), spending)
        if held is Holds.SOMETIMES or value is None:
            return (SOMETIMES if held is Holds.SOMETIMES else NEVER), value
    parts = [_single(part, spending) for part in families.values()]
    if any(part.holds is Holds.NEVER for part, _ in parts):
        return NEVER, None
    texts = [value for _, value in parts if value is not None]
    made = itertools.chain(texts, *(_candidates(family, part) for family, part in families.items()))
    held, value = _tried(facts, made, spending)
    if held is Holds.SOMETIMES:
        return SOMETIMES, value
    return Look(Holds.PERHAPS, f"conditions on `{facts[0][0].key}` compare it as different kinds of values"), None


def _tried(facts: list[Held], candidates: Iterable[str], spending: Spending) -> tuple[Holds, str | None]:
    """Look for a candidate with which all facts are certainly true; if none, one with which none is certainly false."""
    perhaps = None
    each = len(facts) + sum(len(atom.words) for atom, _ in facts) // _WORDS_A_STEP
    for text in candidates:
        spending.spend(each)
        said = [None if (told := _judge(atom, text)) is None else told is sign for atom, sign in facts]
        if all(said):
            return Holds.SOMETIMES, text
        if False not in said and perhaps is None:
            perhaps = text
    return Holds.NEVER, perhaps


def _judge(atom: Atom, text: str) -> bool | None:
    """Whether a value satisfies an operator; None where that depends on an opaque word."""
    found = _matched(atom, text)
    return None if found is None else found is not atom.negative


def _matched(atom: Atom, text: str) -> bool | None:
    if atom.family is not Family.TEXT:
        relation = _relation(atom)
        said = [None if word.is_opaque else relation(word.plain, text) for word in atom.words]
        return True if True in said else None if None in said else False
    doubt = False
    for word in atom.words:
        if atom.is_literal(word):
            if word.text == text and (atom.name != "arnlike" or text.count(":") >= 5):  # noqa: PLR2004
                return True
            continue
        language = atom.language(word)
        if language is not None and matches(language, text):
            if not word.is_opaque:
                return True
            doubt = True
    return None if doubt else False


Relation = Callable[[str, str], bool]
_ORDER: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "equals": lambda value, bound: value == bound,
    "lessthan": lambda value, bound: value < bound,
    "lessthanequals": lambda value, bound: value <= bound,
    "greaterthan": lambda value, bound: value > bound,
    "greaterthanequals": lambda value, bound: value >= bound,
}


def _relation(atom: Atom) -> Relation:
    match atom.family:
        case Family.NUMBER:
            return _ordering(values.as_number, _ORDER[atom.name.removeprefix("numeric")])
        case Family.DATE:
            return _ordering(values.as_moment, _ORDER[atom.name.removeprefix("date")])
        case Family.ADDRESS:
            return _inside
        case _:
            return _same_bytes


def _ordering(read: Callable[[str], Fraction | None], order: Callable[[Fraction, Fraction], bool]) -> Relation:
    def relation(word: str, text: str) -> bool:
        bound, value = read(word), read(text)
        return bound is not None and value is not None and order(value, bound)

    return relation


def _inside(word: str, text: str) -> bool:
    block, address = values.as_network(word), values.as_network(text)
    if block is None or address is None or block.version != address.version:
        return False
    return int(block.network_address) <= int(address.network_address) and int(address.broadcast_address) <= int(
        block.broadcast_address
    )


def _same_bytes(word: str, text: str) -> bool:
    known = values.as_bytes(word)
    return known is not None and known == values.as_bytes(text)


def _candidates(family: Family, facts: list[Held]) -> Iterator[str]:
    texts = [word.plain for atom, _ in facts for word in atom.words if not word.is_opaque]
    match family:
        case Family.NUMBER:
            yield from values.numbers_between(_read(values.as_number, texts))
        case Family.DATE:
            yield from values.moments_between(_read(values.as_moment, texts))
        case Family.ADDRESS:
            yield from values.addresses_between(_read(values.as_network, texts))
        case Family.BYTES:
            yield from values.bytes_among(_read(values.as_bytes, texts))
        case _:
            yield from (text for text in texts if text)
    yield values.MALFORMED


def _read(read: Callable[[str], T | None], texts: Iterable[str]) -> list[T]:
    return [one for text in texts if (one := read(text)) is not None]


# ---- texts -----------------------------------------------------------------------------------------------------------


def _text(facts: list[Held], spending: Spending) -> tuple[Look, str | None]:
    positive = [atom for atom, sign in facts if sign is not atom.negative]
    negative = [atom for atom, sign in facts if sign is atom.negative]
    finite = next((atom for atom in positive if _is_finite(atom)), None)
    if finite is not None:
        held, value = _tried(facts, (str(word.text) for word in finite.words), spending)
        if held is Holds.SOMETIMES:
            return SOMETIMES, value
        if value is None:
            return NEVER, None
        opaque = next(word for atom, _ in facts for word in atom.words if word.is_opaque)
        return Look(Holds.PERHAPS, _why(finite, opaque)), value
    if _is_covered(positive, negative) or _are_apart(positive):
        return NEVER, None
    held, value = _tried(facts, (*_flags(facts), *_likely(positive)), spending)
    if held is Holds.SOMETIMES:
        return SOMETIMES, value
    if value is not None:
        pair = next((atom, word) for atom, _ in facts for word in atom.words if word.is_opaque)
        return Look(Holds.PERHAPS, _why(*pair)), value
    return _languages(positive, negative, spending)


def _is_finite(atom: Atom) -> bool:
    """Tell whether an operator that is not negated names the values one by one."""
    return atom.family is Family.TEXT and all(map(atom.is_literal, atom.words))


def _is_covered(positive: list[Atom], negative: list[Atom]) -> bool:
    """Tell cheaply that each word of some operator that must match is a word of one that must not."""
    return any(one.name == other.name and set(one.words) <= set(other.words) for one in positive for other in negative)


def _flags(facts: list[Held]) -> tuple[str, ...]:
    """Values of keys that are only asked whether they are true."""
    return ("true", "false") if facts and all(atom.name == "bool" for atom, _ in facts) else ()


def _are_apart(positive: list[Atom]) -> bool:
    """Tell cheaply that no ARN is in a word of each of two operators."""
    arns = [atom for atom in positive if atom.name == "arnlike"]
    return any(
        all(apart(word, other) for word in one.words for other in another.words)
        for one, another in itertools.combinations(arns, 2)
    )


def _likely(positive: list[Atom]) -> Iterator[str]:
    """Texts that a person would try first."""
    for atom in positive:
        for word in atom.words:
            for filler in _READABLE[:2]:
                text = word.plain.replace("?*", filler).replace("*", filler).replace("?", filler[:1])
                if text:
                    yield text
    yield from _READABLE


def _languages(positive: list[Atom], negative: list[Atom], spending: Spending) -> tuple[Look, str | None]:
    """Choose one word of each positive operator; some text must be in all of them and in no word of the negative."""
    best: tuple[Look, str | None] = (NEVER, None)
    unwanted = [(atom, word) for atom in negative for word in atom.words]
    for choice in itertools.product(*([(atom, word) for word in atom.words] for atom in positive)):
        spending.spend(1 + len(choice))
        found, value = _chosen(choice, unwanted, spending)
        if found.holds is Holds.SOMETIMES:
            return found, value
        if found.holds is Holds.PERHAPS:
            best = (found, value)
    return best


def _chosen(
    choice: tuple[tuple[Atom, Word], ...], unwanted: list[tuple[Atom, Word]], spending: Spending
) -> tuple[Look, str | None]:
    own = [atom.language(word) for atom, word in choice]
    if any(language is None for language in own):
        return NEVER, None
    if any(atom.name == other.name and word == one for atom, word in choice for other, one in unwanted):
        return NEVER, None
    wanted = [language for language in own if language is not None]
    against = [
        language for atom, word in unwanted if not word.is_opaque and (language := atom.language(word)) is not None
    ]
    opaque = next((pair for pair in (*choice, *unwanted) if pair[1].is_opaque), None)
    text = _found(wanted or [Pattern((ANY,))], against, spending)
    if text == "":
        text = _found([*wanted, _SOME_TEXT], against, spending) or text
    if text is None:
        return NEVER, None
    return (SOMETIMES if opaque is None else Look(Holds.PERHAPS, _why(*opaque))), text


def _found(positive: list[Pattern], negative: list[Pattern], spending: Spending) -> str | None:
    for one, other in itertools.combinations(positive, 2):
        spending.spend(cost_of_meeting(one, other))
        if not intersects(one, other):
            return None
    spending.spend(sum(cost_of_meeting(one, other) for one in positive for other in negative))
    spending.spend(_COST_OF_SEARCH * (len(positive) + len(negative)))
    try:
        return find(positive, negative, budget=min(_STEPS, max(spending.left, 1)), spend=spending.spend)
    except PatternBudget:
        spending.spend(spending.left + 1)
        raise


def _why(atom: Atom, word: Word) -> str:
    kind = "a value that is not known before deployment" if word.has_open_value else "a policy variable"
    return f"the condition on `{atom.key}` holds {kind} (`{word.text}`)"
