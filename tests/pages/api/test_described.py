"""The API's own description is enough for a client: one that is made of it when it runs asks and reads its sources."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests
import schemathesis
from schemathesis import Case, Response

from tests.conftest import PATIENCE
from tests.drawn_requests import AS_DESCRIBED
from tests.pages.api.conftest import ApiDoor


class DescribedClient:
    """Knows nothing of the API but the address of its description and a key."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._key = url, {"Authorization": f"Bearer {token}"}
        self._schema = schemathesis.openapi.from_url(f"{url}/openapi.json", timeout=PATIENCE)

    def named(self, name: str, **parts: Any) -> Response:  # noqa: ANN401 - as the description has them
        """Send the request of an operation, by its id; what comes back is as described."""
        operation = self._schema.find_operation_by_id(name)
        case: Case[Any] = operation.Case(**parts)
        answer = case.call(base_url=self._url, headers=self._key, timeout=PATIENCE)
        case.validate_response(answer, checks=AS_DESCRIBED)
        return answer


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for path in document["paths"].values() for one in path.values()]


def test_a_client_made_of_the_description_asks_and_reads_what_the_answer_rests_on(door: ApiDoor) -> None:
    client = DescribedClient(door.url, door.token())
    asked = {"question": "Who does a foreign maker of devices work through in Japan?"}
    answer = client.named("ask", body=asked).json()
    assert answer["citations"] != []
    for citation in answer["citations"]:
        read = client.named("passage", path_parameters={"passage_id": quote(citation["passage_id"], safe="")})
        assert citation["quote"] in read.json()["text"]
        document = client.named("document", path_parameters={"document_id": citation["document_id"]})
        assert document.json()["sources"] != []


def test_a_problem_is_as_described(door: ApiDoor) -> None:
    client = DescribedClient(door.url, "mek_wrong")
    refused = client.named("ask", body={"question": "Who?"})
    assert (refused.status_code, refused.json()["code"]) == (401, "key-refused")


def test_every_operation_says_what_a_failure_looks_like_and_which_key_it_takes(door: ApiDoor) -> None:
    document = requests.get(f"{door.url}/openapi.json", timeout=PATIENCE).json()
    found = operations(document)
    assert len({one["operationId"] for one in found}) == len(found) >= 20
    for one in found:
        assert one["summary"]
        assert one["security"] == [{"key": []}]
        assert {"application/problem+json"} == set(one["responses"]["4XX"]["content"])
        assert "422" not in one["responses"]
