"""What lets a test see what people see whom the system refuses something."""

from __future__ import annotations


def without_privileges() -> list[str]:
    """The words before a command with which root, who may write anything, is as anybody else."""
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
