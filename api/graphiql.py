"""GraphiQL, from files of our own: it works where there is no other network.

The files in `static` are those that npm publishes, compressed; `LICENSES.md` beside them says which and under what licence.
"""

from __future__ import annotations

import gzip
from functools import cache
from html import escape
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("react.production.min.js", "react-dom.production.min.js", "graphiql.min.js", "start.js")
STYLES = ("graphiql.min.css", "start.css")
KINDS = {".js": "text/javascript", ".css": "text/css"}
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; frame-ancestors 'none'"
DEVELOPMENT = {"Authorization": "Bearer dev:AUDITOR:me"}


def page(*, development: bool) -> Response:
    """The page; where development tokens are accepted, it asks as an auditor until told otherwise."""
    headers = escape(orjson.dumps(DEVELOPMENT, option=orjson.OPT_INDENT_2).decode()) if development else ""
    styles = "".join(f'<link rel="stylesheet" href="/graphiql/{name}">' for name in STYLES)
    scripts = "".join(f'<script src="/graphiql/{name}" defer></script>' for name in SCRIPTS)
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>Creator Governance</title><link rel="icon" href="data:,">{styles}{scripts}</head>'
        f'<body><main id="graphiql" data-headers="{headers}">Loading …</main></body></html>',
        headers={"content-security-policy": POLICY, "x-content-type-options": "nosniff"})


async def asset(request: Request) -> Response:
    """One of its files."""
    name: str = request.path_params["name"]
    if name not in SCRIPTS + STYLES:
        return Response(status_code=404)
    headers = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff", "vary": "Accept-Encoding"}
    content, compressed = stored(name)
    if compressed and "gzip" not in request.headers.get("accept-encoding", ""):
        content = gzip.decompress(content)
    elif compressed:
        headers["content-encoding"] = "gzip"
    return Response(content, headers=headers, media_type=KINDS[Path(name).suffix])


@cache
def stored(name: str) -> tuple[bytes, bool]:
    """A file as it lies there, and whether it is compressed."""
    whole = STATIC / name
    return (whole.read_bytes(), False) if whole.exists() else (whole.with_name(f"{name}.gz").read_bytes(), True)
