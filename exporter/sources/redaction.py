"""Where text from drivers and servers is made fit for an error message: no secret, one line, short."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

LONGEST = 300
_USERINFO = re.compile(r"//[^/\s@]*@")
_QUERY_STRING = re.compile(r"(https?://[^\s?'\"]*)\?[^\s'\"]*")


def hiding(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that takes these secrets out of a text, also as URLs and Basic headers carry them."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    hidden = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
    return lambda text: hidden.sub("***", text)


def redaction(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that takes these secrets out of a text, and makes it one short line.

    What looks like user information or a query string of a URL goes too, whoever put it there.
    """
    hide = hiding(secrets)

    def clean(text: str) -> str:
        text = hide(text)
        text = _QUERY_STRING.sub(r"\1?***", _USERINFO.sub("//***@", text))
        text = " ".join(text.split())
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

    return clean


def _forms(secret: str) -> tuple[str, ...]:
    encoded = b64encode(secret.encode()).decode()
    return secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1], encoded
