"""What becomes of files of many formats: `python -m tests.benchmarks.formats FOLDER [--json] [--worst N]`.

Every file below the folder is read or refused, once. Where a manifest (manifest.jsonl.gz: file, path, category) names
a ground truth in Markdown beside a file (`groundtruth/a.docx.md` for `sources/a.docx`), its words are looked for in
what was read. Where there are pages with their articles (pages.jsonl.gz: html, articleBody), the words that were read
are held to the article's, by F1.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import resource
import statistics
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from corpus.documents import Read
from corpus.errors import Unreadable
from corpus.files.reading import FoundFile, files_in, read_file

_AT_ONCE = 2
_MARKUP = re.compile(r"<!--.*?-->|\]\([^)]*\)|\\(?=[_*#<>|])|&(?:amp|lt|gt|nbsp);", re.DOTALL)


@dataclass(frozen=True)
class Outcome:
    """What became of a file."""

    name: str
    format: str  # as it was recognised, or the name's ending
    ended: str  # "read", or the kind of refusal
    seconds: float
    read: Read | None = None


def outcomes(folder: Path) -> Iterator[Outcome]:
    """Each file of a folder with its end, in order."""
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(_end, list(files_in(folder, Path(scratch))))


def _end(found: FoundFile | Unreadable) -> Outcome:
    name = found.name
    started = time.perf_counter()
    try:
        if isinstance(found, Unreadable):
            raise found
        read = read_file(found.path, name=name)
    except Unreadable as error:
        ending = PurePosixPath(name).suffix.lower().removeprefix(".")
        return Outcome(name, ending, type(error).__name__, time.perf_counter() - started)
    return Outcome(name, read.format, "read", time.perf_counter() - started, read)


def words(text: str) -> Counter[str]:
    """The words of a text and how often each stands there."""
    return Counter(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", _MARKUP.sub(" ", text)).lower()))


def text_of(read: Read) -> str:
    """All that was read, each heading once where it begins."""
    parts: list[str] = [read.title]
    before: list[str] = []
    for section in read.sections:
        path = section.heading.split(" › ")
        parts += [name for at, name in enumerate(path) if before[at : at + 1] != [name]]
        before = path
        parts.append(section.text)
    return "\n".join(parts)


def recall(read: Read, truth: str) -> float:
    """The share of a ground truth's words that were read."""
    wanted = words(truth)
    return (wanted & words(text_of(read))).total() / max(wanted.total(), 1)


def f1(read: Read, article: str) -> float:
    """Words read and words of an article, compared."""
    wanted = words(article)
    found = words("\n".join(section.text for section in read.sections))
    return 2 * (wanted & found).total() / max(wanted.total() + found.total(), 1)


def truths(folder: Path, rows: Iterable[dict[str, str]]) -> dict[str, str]:
    """Ground truths by the path of the file they belong to, relative to the folder."""
    files = {row["path"]: row["file"] for row in rows}
    found = {}
    for path, file in files.items():
        if "/groundtruth/" not in path:
            continue
        source = path.replace("/groundtruth/", "/sources/").removesuffix(".md")
        for original in (source, f"{source}.{PurePosixPath(source).parts[-3]}"):
            if original in files:
                found[files[original]] = (folder / file).read_text("utf-8")
    return found


def measure(folder: Path) -> dict[str, object]:
    """All figures of a folder."""
    report: dict[str, object] = {}
    started = time.perf_counter()
    manifests = sorted(folder.rglob("manifest.jsonl.gz"))
    for manifest in manifests:
        rows = _rows(manifest)
        report |= _documents(
            manifest.parent, rows, [one for one in outcomes(manifest.parent) if one.name != manifest.name]
        )
    pages = sorted(folder.rglob("pages.jsonl.gz"))
    if not manifests and not pages:
        report |= _documents(folder, [], list(outcomes(folder)))
    for file in pages:
        report |= _articles(_rows(file))
    report["seconds"] = round(time.perf_counter() - started, 1)
    report["peak_mib_of_the_asking_process"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return report


def _rows(file: Path) -> list[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _documents(folder: Path, rows: list[dict[str, str]], ended: list[Outcome]) -> dict[str, object]:
    categories = {row["file"]: row["category"] for row in rows}
    truth = truths(folder, rows)
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    recalls: dict[str, list[float]] = defaultdict(list)
    files = []
    for one in ended:
        category = categories.get(one.name, "not listed")
        ends[f"{one.format} {category}"][one.ended] += 1
        share = None
        if one.name in truth:
            share = recall(one.read, truth[one.name]) if one.read else 0.0
            for key in (one.format, category, "all", *(["born digital"] if category != "scanned_or_ocr" else [])):
                recalls[key].append(share)
        files.append({"file": one.name, "ended": one.ended, "recall": share, "seconds": round(one.seconds, 2)})
    return {
        "files": len(ended),
        "read": sum(one.ended == "read" for one in ended),
        "refused": dict(Counter(one.ended for one in ended if one.ended != "read")),
        "ends by format and category": {key: dict(counted) for key, counted in sorted(ends.items())},
        "recall": {
            key: {"files": len(shares), "mean": round(statistics.fmean(shares), 4), "least": round(min(shares), 3)}
            for key, shares in sorted(recalls.items())
        },
        "slowest": sorted((one.seconds, one.name) for one in ended)[-3:],
        "all files": files,
    }


def _articles(rows: list[dict[str, str]]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        for number, row in enumerate(rows):
            Path(folder, f"{number:04}.html").write_text(row["html"], "utf-8")
        ended = list(outcomes(Path(folder)))
    scores = [f1(one.read, row["articleBody"]) if one.read else 0.0 for one, row in zip(ended, rows, strict=True)]
    return {
        "articles": len(scores),
        "article f1": {"mean": round(statistics.fmean(scores), 4), "least": round(min(scores), 3)},
        "all articles": [{"page": row["url"], "f1": round(score, 3)} for row, score in zip(rows, scores, strict=True)],
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worst", type=int, default=10, help="how many of the files with the least recall are shown")
    asked = parser.parse_args()
    report = measure(asked.folder)
    if asked.json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
        return
    files = report.pop("all files", [])
    pages = report.pop("all articles", [])
    print(json.dumps(report, indent=1, ensure_ascii=False))
    judged = [file for file in files if file["recall"] is not None]  # type: ignore[attr-defined]
    for file in sorted(judged, key=lambda file: file["recall"])[: asked.worst]:
        print(f"{file['recall']:.3f} {file['ended']} {file['file']}")
    for page in sorted(pages, key=lambda page: page["f1"])[: asked.worst]:  # type: ignore[call-overload]
        print(f"{page['f1']:.3f} {page['page']}")


if __name__ == "__main__":
    main()
