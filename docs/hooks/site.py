"""The only file that knows MkDocs: it puts the policy's pages into the site and closes each page to the network.

MkDocs calls the `on_...` functions. What a page says is in pages.py; what the policy says, in policy/.
"""

import base64
import hashlib
import io
import posixpath
import re
import sys
import zipfile
from html import escape
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, InclusionLevel
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from checker import source  # noqa: E402
from page_changes import JSON_FILE, RSS_FILE, json_feed, rss  # noqa: E402
from pages import nav, pages  # noqa: E402

from runtime import RuntimeFilesError, runtime_files  # noqa: E402

CHECK_PAGE = "check.md"
NATIVE = ("past", "source", "diff", "diff_text", "__main__")  # modules of the checker that no browser needs
COPIES = "source"  # where the site keeps a readable copy of the files its pages are made from


# Files: what goes into the site -----------------------------------------------------------------------


def on_files(files, config):
    """Adds the pages made from the policy, the files of the checker, and copies of the sources."""
    policy = _policy()
    for path, (markdown, made_from) in pages(policy).items():
        file = File.generated(config, path, content=markdown)
        file.made_from = made_from
        files.append(file)
    for path, content in _assets(policy).items():
        _add(files, config, path, content)
    for path, content in _feeds(policy, config).items():
        _add(files, config, path, content)
    for path in sorted({_made_from(file) for file in files.documentation_pages()}):
        _add(files, config, f"{COPIES}/{path}.txt", _readable(ROOT / path))
    config.nav = nav(policy)
    return files


def _policy() -> dict:
    policy, problems = source.read(ROOT)
    if problems:
        raise PluginError("\n".join(["the policy has problems:", *map(str, problems)]))
    return policy


def _assets(policy: dict) -> dict[str, bytes | Path]:
    """The policy and the checker under fixed names, for whoever wants them, and the files of the check page."""
    bundle = source.bundle(policy)
    own = {"assets/bundle.json": bundle.encode(), "assets/checker.zip": checker_zip(ROOT)}
    try:
        runtime = runtime_files(ROOT, bundle)
    except RuntimeFilesError as error:
        raise PluginError(f"the files of the check page cannot be made: {error}") from error
    return own | {path: Path(file) for path, file in runtime.items()}


def _feeds(policy: dict, config) -> dict[str, bytes]:
    """The change log for programs, at addresses that stay."""
    title, address = f"{config.site_name}: changes", config.site_url or ""
    address += "/" if address and not address.endswith("/") else ""
    return {path: make(policy, title, address).encode() for path, make in ((RSS_FILE, rss), (JSON_FILE, json_feed))}


def checker_zip(root: Path) -> bytes:
    """The checker without what only works natively; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((root / "checker").glob("*.py")):
            if path.stem not in NATIVE:
                entry = zipfile.ZipInfo(f"checker/{path.name}", (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def _readable(path: Path) -> bytes:
    # A plain server names no character set for .txt; the mark at the start lets every browser see UTF-8.
    return b"\xef\xbb\xbf" + path.read_bytes()


def _add(files, config, path: str, content: bytes | Path) -> None:
    body = {"abs_src_path": str(content)} if isinstance(content, Path) else {"content": content}
    files.append(File.generated(config, path, **body, inclusion=InclusionLevel.NOT_IN_NAV))


# Edit links: the file that made the page --------------------------------------------------------------


def on_pre_page(page, config, files):
    """The edit link of a page opens the file that made it."""
    page.edit_url = _edit_url(page, config)
    return page


def on_page_content(html, page, config, files):
    """Names the file that made the page, for readers who want to see or mend it, and the change log with its feeds."""
    made_from = _made_from(page.file)
    changes = " · ".join(f'<a href="{get_relative_url(path, page.url)}">{name}</a>'
                         for path, name in (("changes/", "Change log"), (RSS_FILE, "RSS feed"), (JSON_FILE, "JSON feed")))
    return f'{html}\n<p class="made-from">Made from <a href="{page.edit_url}"><code>{made_from}</code></a> · {changes}</p>\n'


def with_feeds(html: str, url: str, title: str) -> str:
    """The page with its feeds in the head, where a program that follows feeds looks for them."""
    links = "".join(f'<link rel="alternate" type="{kind}" title="{escape(title)}" href="{get_relative_url(path, url)}">\n'
                    for path, kind in ((RSS_FILE, "application/rss+xml"), (JSON_FILE, "application/feed+json")))
    return html.replace("</head>", links + "</head>", 1)


def _edit_url(page, config) -> str:
    made_from = _made_from(page.file)
    base = config.extra.get("source_url")
    if base:
        return posixpath.join(base, made_from)
    return get_relative_url(f"{COPIES}/{made_from}.txt", page.url)


def _made_from(file) -> str:
    """The path, below the root of the project, of the file that a page is made from."""
    return getattr(file, "made_from", f"docs/{file.src_uri}")


# Accessible names the theme leaves out ----------------------------------------------------------------

_THEME_NAMES = [
    ('data-md-component="search" role="dialog"', 'data-md-component="search" role="dialog" aria-label="Search"'),
    ('<div class="md-search-result__meta">', '<div class="md-search-result__meta" role="status">'),
]


# A section that has a page of its own is named after an arrow without text; its title is one line further down.
_NAV = re.compile(r'aria-labelledby="(__nav_[\d_]+)_label"([^>]*>\s*)<label class="md-nav__title"')


def with_names(html: str) -> str:
    """The page with a name on the search box and on each list of the drawer, and its count of results read out."""
    for theirs, ours in _THEME_NAMES:
        html = html.replace(theirs, ours)
    return _NAV.sub(r'aria-labelledby="\1_title"\2<label class="md-nav__title" id="\1_title"', html)


# Content-Security-Policy: no page may reach another site ----------------------------------------------

_CHARSET = re.compile(r'<meta charset="?utf-8"?\s*/?>', re.IGNORECASE)
_INLINE = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL | re.IGNORECASE)


def on_post_page(output, page, config):
    output = with_feeds(output, page.url, f"{config.site_name}: changes")
    return with_policy(with_names(output), runs_python=page.file.src_uri == CHECK_PAGE)


def on_post_template(output_content, template_name, config):
    return with_policy(with_names(output_content)) if template_name.endswith(".html") else output_content


def with_policy(html: str, runs_python: bool = False) -> str:
    """The page with its Content-Security-Policy as the first thing after the character set."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{content_policy(html, runs_python)}">'
    marked, count = _CHARSET.subn(lambda found: f"{found[0]}\n      {meta}", html, count=1)
    if not count:
        raise PluginError("a page has no <meta charset>; the Content-Security-Policy has no place to go")
    return marked


def content_policy(html: str, runs_python: bool = False) -> str:
    """What the page may load: its own site only, and of inline scripts those it was built with."""
    scripts = ["'self'", *(["'wasm-unsafe-eval'"] if runs_python else []), *inline_hashes(html)]
    workers = ["'self'", *(["blob:"] if runs_python else [])]
    return "; ".join([
        "default-src 'none'",
        f"script-src {' '.join(scripts)}",
        f"worker-src {' '.join(workers)}",
        "connect-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    ])


def inline_hashes(html: str) -> list[str]:
    """A hash for each script that stands in the page itself; data blocks need none."""
    bodies = {
        found["body"] for found in _INLINE.finditer(html)
        if "src=" not in found["attributes"] and "application/json" not in found["attributes"]
    }
    return sorted(f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in bodies)
