"""What a dossier says to a person: a page that needs no network and no script, and a short text beside it.

Nothing in them is proved; they are made of what is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from string import Template
from typing import Any, NamedTuple

from domain.packs.model import Header
from domain.proof.dossier import About, Head, StoredFact, content_of
from domain.proof.heads import signed_bytes
from projections.sentences import sentence


class Told(NamedTuple):
    """What page and text are made of: the account's own name, what the dossier is of, its head, and the packs' headers by their hashes."""

    account: str
    about: About
    head: Head
    packs: Mapping[str, Header]


def page(told: Told, facts: Iterable[StoredFact]) -> Iterator[str]:
    """The page, piece by piece."""
    words = words_of(told)
    yield TOP.substitute(words)
    for fact in facts:
        yield row(fact)
    yield BOTTOM.substitute(words, packs="".join(pack_row(name, header) for name, header in sorted(told.packs.items())))


def readme(told: Told) -> str:
    """The text."""
    return README_TEXT.substitute({name: text_of(text) for name, text in plain_words_of(told).items()})


def words_of(told: Told) -> dict[str, str]:
    """What stands in the gaps of the page."""
    return {name: escape(text) for name, text in plain_words_of(told).items()}


def plain_words_of(told: Told) -> dict[str, str]:
    """What stands in the gaps of page and text."""
    head = told.head.signed.head
    log = head.of(told.about.log)
    return {
        "account": told.account or str(told.about.stream), "stream": str(told.about.stream), "log": told.about.log, "facts": f"{told.about.facts:,}",
        "size": f"{log.size if log else 0:,}", "at": moment(head.at), "origin": head.origin, "key": told.head.key,
        "signed": signed_bytes(head).decode(), "signature": told.head.signed.signature, "count": f"{len(told.packs):,}"}


def text_of(words: str) -> str:
    """Words as they stand in the text: in one line, but for the bytes that were signed."""
    return words.replace("\n", "\n    ").rstrip()


def row(fact: StoredFact) -> str:
    """A fact as a row of the page."""
    content = content_of(fact.state)
    content = content if isinstance(content, dict) else {}
    actor = content.get("actor")
    cells = (("num", str(fact.version)), ("at", time_of(content, "occurred_at")), ("at", time_of(content, "recorded_at")),
             ("", who(actor) if isinstance(actor, dict) else ""), ("said", what(fact, content)), ("num", f"{fact.position:,}"))
    return "<tr>" + "".join(f'<td class="{kind}">{escape(text)}</td>' if kind else f"<td>{escape(text)}</td>" for kind, text in cells) + "</tr>\n"


def what(fact: StoredFact, content: Mapping[str, Any]) -> str:
    """What happened, in a sentence."""
    try:
        return sentence(fact.name, content["event"])
    except (LookupError, TypeError, ValueError, AttributeError):
        return f"{fact.name}: this version of the program has no sentence for it; see facts.jsonl."


def who(actor: Mapping[str, Any]) -> str:
    """Who did it, by the platform's own pseudonym."""
    kind, id = str(actor.get("kind", "")).replace("_", " ").capitalize(), str(actor.get("id", ""))
    return f"{kind} {id}"


def time_of(content: Mapping[str, Any], name: str) -> str:
    """A time of a fact."""
    try:
        return moment(datetime.fromisoformat(content[name]))
    except (LookupError, TypeError, ValueError):
        return ""


def moment(at: datetime) -> str:
    """A time for people (UTC)."""
    return at.astimezone(UTC).strftime("%-d %b %Y, %H:%M:%S")


def pack_row(name: str, header: Header) -> str:
    """A pack as a row of the page."""
    return f'<tr><td>{escape(header.scheme)}, {escape(header.market)}</td><td class="hash"><a href="packs/{name}.json">{name}</a></td></tr>\n'


TOP = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Dossier of $account</title>
<style>
:root { color-scheme: light dark; --page: #fff; --text: #1b1f24; --soft: #57606a; --line: #d8dee4; --box: #f6f8fa; --link: #0550ae }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f1318; --text: #e6e9ed; --soft: #9aa5b1; --line: #2d353f; --box: #171d24; --link: #79b8ff }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 72rem; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, sans-serif }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .75rem }
p, ul, ol { max-width: 46rem }
li { margin: .4rem 0 }
a { color: var(--link) }
.lead { font-size: 1.1rem; color: var(--soft) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; padding: 1rem 1.25rem; background: var(--box);
  border: 1px solid var(--line); border-radius: 8px }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
caption { text-align: left; color: var(--soft); padding-bottom: .5rem }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem; border-bottom: 1px solid var(--line) }
th { color: var(--soft); font-weight: 600 }
td:first-child, th:first-child { padding-left: 0 }
.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.at { white-space: nowrap }
.said { min-width: 18rem; width: 45% }
td { overflow-wrap: break-word }
code, pre, .hash { font: .85rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
pre { padding: 1rem 1.25rem; background: var(--box); border: 1px solid var(--line); border-radius: 8px; white-space: pre-wrap }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .5rem } }
@media print {
  :root { color-scheme: light; --page: #fff; --text: #000; --soft: #444; --line: #bbb; --box: #fff; --link: #000 }
  body { max-width: none; padding: 0; font-size: 10pt } table { font-size: 8.5pt } thead { display: table-header-group }
  tr, dl, pre { break-inside: avoid } h2 { break-after: avoid } .wide { overflow: visible } .said { min-width: 0 } .at { white-space: normal }
}
</style>
</head>
<body>
<main>
<h1>Dossier of the account $account</h1>
<p class="lead">Everything that the platform’s system of record, Creator Governance, had recorded about this creator account on $at UTC, with what
is needed to check that nothing of it was changed since it was recorded.</p>
<dl>
<dt>Account</dt><dd>$account, in the log as <code>$stream</code></dd>
<dt>Facts</dt><dd>$facts, numbered from 1 without a gap</dd>
<dt>Log</dt><dd><code>$log</code>, which then had $size facts of all its accounts</dd>
<dt>Policy packs</dt><dd>$count, in the versions that the facts name</dd>
<dt>Signed</dt><dd>$at UTC, with the key <code>$key</code></dd>
</dl>
<p><strong>This page is for reading. Nothing on it is proved</strong>: somebody may have changed it on the way. What is proved is what lies
beside it, in the files that are named below, and only once you have checked it as <a href="#check">described below</a>.</p>

<h2>What happened</h2>
<div class="wide">
<table>
<caption>Every fact of the account in the order in which it was recorded, in the words of the program that wrote this page. Times are UTC.
People are named by the platform’s own pseudonyms.</caption>
<thead><tr><th scope="col" class="num">No.</th><th scope="col">Happened</th><th scope="col">Recorded</th><th scope="col">By</th>
<th scope="col" class="said">What</th><th scope="col" class="num">Place in log</th></tr></thead>
<tbody>
""")

BOTTOM = Template("""\
</tbody>
</table>
</div>

<h2>The rules that were applied</h2>
<p>A decision names the version of the rules it was made under by the SHA-256 of its content. Each of them is in the dossier as a whole.</p>
<div class="wide">
<table>
<thead><tr><th scope="col">Rules</th><th scope="col">SHA-256 of the content, and its file</th></tr></thead>
<tbody>
$packs</tbody>
</table>
</div>

<h2>What is proved</h2>
<ul>
<li><strong>These facts are in the log, each in its place and byte for byte as they are here</strong>, as the log was when its head was signed:
a path of hashes leads from each fact (<code>facts.jsonl</code>, <code>proofs.jsonl</code>) to the root of the log, and the root stands in the
signed head (<code>head.json</code>).</li>
<li><strong>None is left out in between.</strong> Facts of an account are numbered from 1, the number is hashed with the fact, and the dossier
has every number up to $facts.</li>
<li><strong>These are the rules that the facts name</strong> (<code>packs/</code>): their content has the hash that the facts hold.</li>
<li><strong>Whoever has the private key to the key above signed that head.</strong></li>
</ul>

<h2>What is not proved</h2>
<ul>
<li><strong>That there is no later fact.</strong> The account may have more facts than are here; ask for a new dossier.</li>
<li><strong>Whose key it is.</strong> Compare it with one that you were given in another way (<code>--key</code>).</li>
<li><strong>That others were shown the same log.</strong> Whoever can write the database and has the key can rewrite both. Compare the head with
one that you, or a place outside the platform, got before (<code>--head</code>).</li>
<li><strong>That what was recorded was right, or that everything was recorded that happened.</strong> The proof is that it was not changed
afterwards. Times are what the platform’s clock said.</li>
<li><strong>What personal texts say.</strong> Names, notes and statements are in the facts as ciphertext, sealed with a key of this one account
that is not in the dossier. The proof is of the ciphertext, and holds when the key is destroyed to erase the text.</li>
</ul>

<h2 id="check">How to check it</h2>
<p>With Creator Governance, on any computer, without a network or a database:</p>
<pre>governance verify-dossier FILE.zip --key '$key'</pre>
<p>The key in that line comes from this page, which proves nothing: put the one there that you know. Without Creator Governance, with a few
lines of your own or another program’s Merkle trees, as <code>README.txt</code> describes; the chapter “dossier” of the program’s
documentation has such a script as a whole. Run none that came with a dossier.</p>

<h2>The head</h2>
<p>These lines are what was signed: a title, the SHA-256 of the public key, the time, the root over all logs, and for each log its name, the
number of its facts and the root of its tree.</p>
<pre>$signed</pre>
<p>Signature (Ed25519, base64): <code>$signature</code></p>
</main>
</body>
</html>
""")

README_TEXT = Template("""\
DOSSIER OF THE ACCOUNT $account

Everything that the platform's system of record, Creator Governance, had recorded about this creator account on $at UTC, for an
auditor outside the platform. index.html tells what happened, what is proved and what is not. It is for reading, as this text is: what counts
are the other files, once they are checked.

To check them, on any computer, without a network or a database:

    governance verify-dossier FILE.zip --key KEY --head HEAD

KEY is the platform's public key as you know it, HEAD a signed head that you or others got before; without them it is not checked whose key
signed this, nor that everybody is shown the same log. The exit code is 0 if all is right, 1 if something is wrong, 2 if it is no dossier.

To check them with a program of your own:

dossier.json    what it is of: the stream (the account) and the log of the facts, and how many they are
facts.jsonl     a line for each fact: position in the log (from 1), stream, version in the account's history (from 1, without a gap), name, and
                its bytes as they are stored ("text" as UTF-8, or "base64")
proofs.jsonl    a line for each fact: position, leaf, and the path from the leaf to the root of the log, from below (RFC 9162, 2.1.3)
head.json       the signed head, and the public key
since.json      (only if asked for) a head of before, and for each log the proof that it begins as it was then (RFC 9162, 2.1.4)
packs/          the rules that the facts name in fields called hash, pack, schedule and text_pack: by the SHA-256 of the file

1.  A fact's entry is its stream (16 bytes), its version (8 bytes, big-endian), the length of its name in UTF-8 (2 bytes, big-endian), the
    name, and the bytes.
2.  Its leaf is SHA-256 of a byte 0 and the entry; a node is SHA-256 of a byte 1, the left hash and the right one.
3.  Leaf number position - 1 and the path give the root of the tree of as many leaves as the head says of the log.
4.  Of all logs by their names, the lines "name size root" (UTF-8), as leaves of such a tree, give the root over all.
5.  The signature (Ed25519, base64) is of these lines, each ended by a line feed: a title, the SHA-256 of the public key, the time (UTC, to
    the microsecond), the root over all, and those lines of the logs. Here they are:

    $signed
""")
