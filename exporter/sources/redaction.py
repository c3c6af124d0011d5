"""Makes text from drivers and servers fit for an error message: without secrets, on one line, short."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

MAX_LENGTH = 300
_USERINFO = re.compile(r"//[^/\s@]*@")
_HALF_HIDDEN = re.compile(r"[\w-]*\*{3,}[\w-]*")
"""What a server shows of a secret that it hides the rest of: `rk_live_****1a2b`."""
_QUERY_STRING = re.compile(r"(https?://[^\s?'\"]*)\?[^\s'\"]*")


def secret_filter(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a function that takes secrets out of a text, also as URLs and Basic headers carry them."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    hidden = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
    return lambda text: hidden.sub("***", text)


def redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a function that takes secrets out of a text, and makes it one short line.

    It also takes out what looks like user information or a query string of a URL, and what a server left of a secret.
    """
    hide = secret_filter(secrets)

    def redact(text: str) -> str:
        text = _HALF_HIDDEN.sub("***", hide(text))
        text = _QUERY_STRING.sub(r"\1?***", _USERINFO.sub("//***@", text))
        text = " ".join(text.split())
        return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"

    return redact


def _forms(secret: str) -> tuple[str, ...]:
    encoded = b64encode(secret.encode()).decode()
    return secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1], encoded
