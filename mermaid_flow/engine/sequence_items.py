"""Names around loops over items: the collections that a loop may mean, what its items are called."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMING_KEYS = ("name", "id", "key")


def collection_names(subject: str) -> tuple[str, ...]:
    """The names a collection may have for *each availability zone*: of the whole phrase first, plural first."""
    words = _words(subject)
    phrases = [words, words[-1:]]
    plural = [_joined([*phrase[:-1], _plural(phrase[-1])]) for phrase in phrases if phrase]
    return tuple(dict.fromkeys([*plural, *(_joined(phrase) for phrase in phrases if phrase)]))


def item_names(subject: str) -> tuple[str, ...]:
    """What handlers and conditions call the item: `availability_zone` and `zone`."""
    words = _words(subject)
    singular = [*words[:-1], *(_singular(word) for word in words[-1:])]
    return tuple(dict.fromkeys(name for name in (_joined(singular), _joined(singular[-1:])) if name))


def item_name(item: object) -> str:
    """An item as people call it; empty when it has no name."""
    if isinstance(item, Mapping):
        named = next((item[key] for key in _NAMING_KEYS if isinstance(item.get(key), str | int)), "")
        return str(named)
    return str(item) if isinstance(item, str | int | float) else ""


def _words(subject: str) -> list[str]:
    return re.findall(r"[^\W_]+", subject.casefold())


def _joined(words: list[str]) -> str:
    return "_".join(words)


def _plural(word: str) -> str:
    if word.endswith("s") and not word.endswith("ss"):
        return word  # *For all environments*
    if re.search(r"(?:s|x|z|ch|sh)$", word):
        return f"{word}es"
    return f"{word[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{word}s"


def _singular(word: str) -> str:
    if not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if re.search(r"(?:s|x|z|ch|sh)es$", word) else word[:-1]
