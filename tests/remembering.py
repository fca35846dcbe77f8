"""An installation that embeds each text once: where many answers verify the same sentences against the same model."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from langchain_core.embeddings import Embeddings

from assistant.app import App, assistant_with
from index.build import Index
from index.embedding import AskedEmbeddings, EmbeddingModel
from index.search import Search
from index.vector_cache import VectorCache


class Remembering(Embeddings):
    """The vectors of another embedding, each made once."""

    def __init__(self, makes: Embeddings) -> None:
        assert isinstance(makes, AskedEmbeddings)  # as the embedded model is
        self._makes = makes
        self._queries, self._asked = cache(makes.embed_query), cache(makes.embed_asked)
        self._passages: dict[str, list[float]] = {}

    def embed_query(self, text: str) -> list[float]:
        return self._queries(text)

    def embed_asked(self, text: str) -> list[float]:
        return self._asked(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        new = [text for text in dict.fromkeys(texts) if text not in self._passages]
        if new:
            self._passages |= zip(new, self._makes.embed_documents(new), strict=True)
        return [self._passages[text] for text in texts]


def remembering(model: EmbeddingModel) -> EmbeddingModel:
    """A model that makes the vector of a text once, and gives the same ones."""
    return replace(model, embeddings=Remembering(model.embeddings))


def embedding_with(app: App, model: EmbeddingModel) -> App:
    """The same installation, that embeds with another model of the same vectors; what closes one closes both."""
    vectors = VectorCache(app.home / "vectors.sqlite", model)
    index = Index(app.home / "index", model)
    search = Search(app.catalogue, index, vectors)
    assistant = assistant_with(app.chat.model if app.chat else None, search, vectors, app.vocabulary)
    return replace(app, cache=vectors, index=index, search=search, assistant=assistant)
