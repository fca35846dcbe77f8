"""`market-entry keys`."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Run


def test_keys_are_made_listed_and_revoked(market_entry: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = market_entry("keys", "add", "Members' area", "--scope", "ask", "--scope", "read", home=home)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("mek_")
    [row] = market_entry("keys", "list", "--json", home=home).json
    assert (row["number"], row["scopes"], row["valid"], row["used_on"]) == (1, ["ask", "read"], True, None)
    assert market_entry("keys", "revoke", "1", home=home).returncode == 0
    assert "revoked" in market_entry("keys", "list", home=home).stdout
    again = market_entry("keys", "revoke", "1", home=home)
    assert (again.returncode, "no key 1" in again.stderr) == (1, True)
    refused = market_entry("keys", "add", "x", "--scope", "curate", home=home)
    assert "an account that may write" in refused.stderr
