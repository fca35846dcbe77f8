"""The settings, and the only place that reads or sets the environment."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from corpus.errors import KnownError

# What libraries read when they are imported: no telemetry, no look-ups, one thread for one question.
_FOR_LIBRARIES = {
    "ANONYMIZED_TELEMETRY": "False",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
    "OMP_NUM_THREADS": "1",
}


class BadSettings(KnownError):
    """A setting that cannot be used."""


class Settings(BaseSettings):
    """What an installation can choose, from variables `MARKET_ENTRY_...` or a file `.env`."""

    model_config = SettingsConfigDict(env_prefix="MARKET_ENTRY_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(7860, ge=1, le=65535)

    chat_model: str = ""  # a model's name; empty to answer with quotations
    chat_url: str = ""  # an OpenAI-compatible endpoint; empty for a name as `init_chat_model` takes it
    chat_key: SecretStr = SecretStr("")
    chat_seconds: float = Field(30, gt=0)  # an attempt, and between two pieces of a stream
    chat_price_in: float | None = Field(None, ge=0)  # for a million tokens read; both prices or none
    chat_price_out: float | None = Field(None, ge=0)  # for a million tokens written
    embedding_url: str = ""  # an OpenAI-compatible endpoint; empty for the embedded model
    embedding_model: str = ""
    embedding_key: SecretStr = SecretStr("")
    rerank_url: str = ""  # a `/rerank` endpoint; empty to do without
    rerank_model: str = ""
    rerank_key: SecretStr = SecretStr("")

    @property
    def chat_prices(self) -> tuple[float, float] | None:
        """What a million tokens cost, read and written, if both are known."""
        if self.chat_price_in is None or self.chat_price_out is None:
            return None
        return self.chat_price_in, self.chat_price_out


def read_settings() -> Settings:
    """The settings of this process; call it first thing in each door, before a library that phones home is imported.

    Raises:
        BadSettings: a variable has a value that cannot be used; the message names it.
    """
    for name, value in _FOR_LIBRARIES.items():
        os.environ.setdefault(name, value)
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise BadSettings(f"The setting MARKET_ENTRY_{name} cannot be used: {first['msg']}.") from error
