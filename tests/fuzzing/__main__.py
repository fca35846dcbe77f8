"""Throws at the product what nobody foresaw: `python -m tests.fuzzing formats|questions|forms --minutes N [--seed N]`.

An input that is not withstood is kept as a small file in `tests/fuzzing/corpus/`, where `make test` tries it again. The
exit status is 0 only when everything was withstood.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import count, takewhile
from pathlib import Path
from random import Random

from tests.fuzzing.inputs import CORPUS, Input, Target


def fuzz(target: Target, kept: Path, numbers: Iterable[int], seed: int) -> tuple[Counter[str], list[str]]:
    """How often each end came, and what was not withstood."""
    ends: Counter[str] = Counter()
    found: list[str] = []
    for number in numbers:
        drawn = target.draw(Random(f"{seed}-{number}"))  # noqa: S311 - chance that can be had again, no secret
        try:
            ends[target.tried(drawn)] += 1
        except Exception as error:  # noqa: BLE001 - what is looked for: it is kept and told
            ends["NOT WITHSTOOD"] += 1
            found.append(f"{_keep(drawn, kept).name}, number {number} of seed {seed}: {error!r:.300}")
            print(found[-1], flush=True)
    return ends, found


def _for(seconds: float) -> Iterator[int]:
    until = time.monotonic() + seconds
    return takewhile(lambda _: time.monotonic() < until, count())


def _keep(drawn: Input, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256(drawn.data).hexdigest()[:12]}{drawn.suffix}"
    path.write_bytes(drawn.data)
    return path


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("formats", "questions", "forms"))
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        target: Target = importlib.import_module(f"tests.fuzzing.{asked.kind}").target(Path(folder))
        ends, found = fuzz(target, CORPUS / asked.kind, _for(60 * asked.minutes), asked.seed)
    print(f"{asked.kind}, seed {asked.seed}: {ends.total()} inputs in {asked.minutes:g} minutes")
    print("\n".join(f"{times:>8}  {end}" for end, times in ends.most_common()))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
