"""Whether one machine keeps its promises: `python -m tests.endurance RUN [--short] [--json]`.

RUN is load, flood, faults, soak, abandoned or bombs.

The exit status is 0 only when all promises of the run hold. `--short` is the form that `make test-long` runs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from dataclasses import asdict

from tests.endurance.promises import Promise, broken, readable

_RUNS = ("load", "flood", "faults", "soak", "abandoned", "bombs")


def main() -> None:
    """Run one of them and print what was held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", choices=_RUNS)
    parser.add_argument("--short", action="store_true", help="minutes in place of hours")
    parser.add_argument("--json", action="store_true", dest="as_json", help="for scripts")
    asked = parser.parse_args()
    promises: list[Promise] = importlib.import_module(f"tests.endurance.{asked.run}").run(short=asked.short)
    print(json.dumps([asdict(promise) for promise in promises], indent=2) if asked.as_json else readable(promises))
    sys.exit(1 if broken(promises) or not promises else 0)


if __name__ == "__main__":
    main()
