"""Text that tells who somebody is, as far as a pattern can see it: no proof that there is none, but a net under the templates."""

from __future__ import annotations

import re

PATTERNS = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w"),
    "a handle": re.compile(r"(?<![\w@])@\w[\w.]+"),
    "a telephone number": re.compile(r"(?<![\w-])\+?\(?\d(?:[ ()./-]{0,2}\d){8,}(?![\w-])"),
}
DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{4}\b")


def personal_in(text: str) -> str:
    """What the text seems to hold that is personal: "an e-mail address"; empty if nothing was found. Days are no telephone numbers."""
    plain = DAY.sub("·", text)
    return next((kind for kind, pattern in PATTERNS.items() if pattern.search(plain)), "")
