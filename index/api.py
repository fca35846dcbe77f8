"""Stronger parts behind the same ports: embeddings and reranking by an API that speaks the common protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.embeddings import Embeddings
from pydantic import SecretStr

from corpus.errors import KnownError
from index.circuit_breaker import CircuitBreaker
from index.embedding import EmbeddingModel

_ATTEMPTS = 2  # beyond the first
_SECONDS = 20.0  # an attempt
_QUESTION_SECONDS = 5.0  # an attempt for which somebody waits; two of them


class EndpointUnavailable(KnownError):
    """A provider did not answer, or not as agreed."""

    retryable = True


class ApiEmbeddings(Embeddings):
    """Any endpoint of the OpenAI form `/embeddings`.

    Raises:
        ProviderUnavailable: from every method, when the endpoint does not answer as agreed.
    """

    def __init__(self, url: str, model: str, key: str) -> None:
        from langchain_openai import OpenAIEmbeddings  # 4 s to import

        def client(attempts: int, seconds: float) -> OpenAIEmbeddings:
            return OpenAIEmbeddings(
                openai_api_base=url,
                model=model,
                openai_api_key=SecretStr(key or "not-needed"),
                check_embedding_ctx_length=False,  # otherwise a tokeniser is fetched from the network
                max_retries=attempts,
                request_timeout=seconds,
            )

        self._url = url
        self._key = key
        self._for_passages, self._for_questions = client(_ATTEMPTS, _SECONDS), client(1, _QUESTION_SECONDS)
        self._circuit = CircuitBreaker()

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        if not self._circuit.admits():
            raise EndpointUnavailable(f"The embedding endpoint {self._url} has failed and is left alone for a while.")
        try:
            [vector] = self._embedded(self._for_questions, [text])
        except EndpointUnavailable:
            self._circuit.failed()
            raise
        self._circuit.succeeded()
        return vector

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of passages."""
        return self._embedded(self._for_passages, texts)

    def _embedded(self, client: Embeddings, texts: list[str]) -> list[list[float]]:
        import openai

        try:
            return client.embed_documents(texts)
        except (openai.OpenAIError, ValueError, TypeError) as error:
            raise EndpointUnavailable(
                f"The embedding endpoint {self._url} does not answer as it should ({_without(self._key, error)});"
                " check MARKET_ENTRY_EMBEDDING_URL, _MODEL and _KEY, or unset them to use the embedded model."
            ) from error


def api_embedding(url: str, model: str, key: str) -> EmbeddingModel:
    """A model of an endpoint, with its identity; one text is embedded to learn the dimension.

    Raises:
        ProviderUnavailable: the endpoint does not answer.
    """
    embeddings = ApiEmbeddings(url, model, key)
    return EmbeddingModel(model, f"api {url}", len(embeddings.embed_query("dimension")), embeddings)


class ApiReranker:
    """Any endpoint of the form `/rerank` that Jina, Cohere, vLLM and llama.cpp speak.

    Raises:
        ProviderUnavailable: from `relevance`, when the endpoint does not answer as agreed.
    """

    def __init__(self, url: str, model: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._model = model
        self._key = key
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._circuit = CircuitBreaker()

    def relevance(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question; greater is better, the scale is the provider's own."""
        import httpx

        if not self._circuit.admits():
            raise EndpointUnavailable(f"The reranking endpoint {self._url} has failed and is left alone for a while.")
        asked = {"model": self._model, "query": question, "documents": list(texts), "top_n": len(texts)}
        try:
            answer = httpx.post(f"{self._url}/rerank", json=asked, headers=self._headers, timeout=_QUESTION_SECONDS)
            answer.raise_for_status()
            scores = _scores(answer.json(), len(texts))
        except (httpx.HTTPError, ValueError, KeyError, TypeError, IndexError) as error:
            self._circuit.failed()
            raise EndpointUnavailable(
                f"The reranking endpoint {self._url} does not answer as it should ({_without(self._key, error)});"
                " check MARKET_ENTRY_RERANK_URL, _MODEL and _KEY, or unset them to do without."
            ) from error
        self._circuit.succeeded()
        return scores


def _without(key: str, error: Exception) -> str:
    """What a provider says of an error; some repeat the key."""
    return str(error).replace(key, "...") if key else str(error)


def _scores(answer: Any, count: int) -> list[float]:  # noqa: ANN401 - a foreign answer, checked here
    scores: list[float | None] = [None] * count
    for result in answer["results"]:
        scores[int(result["index"])] = float(result["relevance_score"])
    if None in scores:
        raise ValueError("not every document has a score")
    return [score for score in scores if score is not None]
