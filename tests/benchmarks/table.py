"""How long the staff pages take to filter, sort and show five thousand documents: `python -m tests.benchmarks.table`.

The exit status is 0 when each page is there within two seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import House, installation, served, word_vectors, write_document
from tests.staff_pages import Browser, add_many, people, web

AIM = 2.0  # seconds
COUNT = 5_000
PAGES = ("/staff/documents?words=n49&order=review_by", "/staff/due?within=90", "/staff/sources?words=law")


def main() -> None:
    """Measure and print each page."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder) / "home", word_vectors())
        write_document(house.library, "japan/devices", "Devices in Japan", "A foreign maker works through a holder.")
        house.publish()
        add_many(house, COUNT)
        app = installation(house, house.folder / "accounts.sqlite")
        people(app)
        late = 0
        with served(web(app)) as url:
            browser = Browser(url)
            browser.sign_in("ada")
            for page in PAGES:
                began = time.perf_counter()
                assert browser.get(page).status_code == 200
                seconds = time.perf_counter() - began
                late += seconds > AIM
                print(f"{seconds:.2f} s  {page}")
        app.close()
    sys.exit(1 if late else 0)


if __name__ == "__main__":
    main()
