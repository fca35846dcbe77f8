"""The settings, and the only place that reads or sets the environment."""

from __future__ import annotations

import json
import os
import re
import tempfile
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from corpus.errors import KnownError, UnknownCode
from corpus.vocabulary import vocabulary

# What libraries read when they are imported: no telemetry, no look-ups, one thread for one question.
_FOR_LIBRARIES = {
    "ANONYMIZED_TELEMETRY": "False",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_TEMP_DIR": str(
        Path(tempfile.gettempdir(), "gradio")
    ),  # else Gradio resolves it for each component it makes
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
    "ORT_DISABLE_TELEMETRY": "1",  # else onnxruntime writes a device id and asks a server of its maker for
    "OMP_NUM_THREADS": "1",
}


OURS = frozenset({"model", "messages", "stream", "stream_options", "n"})  # parameters of a request that are no option
_PUBLIC_URL = re.compile(r"https?://[^/?#\s]+(?:/[\w.~-]+)*", re.ASCII)
_CHROMA = re.compile(r"https?://(?:[^/?#@\s]+@)?[^/?#@\s]+(?:/[\w.-]+/[\w.-]+)?/?", re.ASCII)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?", re.IGNORECASE)  # it becomes a part of a header
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_ENCRYPTED = ("require", "verify-ca", "verify-full")  # as PostgreSQL's clients call it


class BadSettings(KnownError):
    """A setting that cannot be used."""


class KeepQuestions(StrEnum):
    """Of which declined, partly answered or badly rated questions the wording is kept, masked."""

    NEVER = "never"
    DECLINED = "declined"  # of all whose person has not objected
    CONSENTED = "consented"  # of those whose person has agreed


class KeepDays(BaseModel):
    """For how many days each kind of thing in the journal is kept."""

    model_config = ConfigDict(frozen=True)

    questions: int = Field(90, ge=1, description="For how many days the masked wording of questions is kept.")
    sessions: int = Field(30, ge=1, description="The same for which answers went to one browser.")
    comments: int = Field(180, ge=1, description="The same for the words of a feedback.")
    answers: int = Field(
        1095,
        ge=1,
        description="The same for the rest, which names nobody: outcome, language, markets, documents used.",
    )


class KeepHandoffDays(BaseModel):
    """For how many days a hand-off is kept after its last move, by its kind."""

    model_config = ConfigDict(frozen=True)

    question: int = Field(
        365, ge=1, description="For how many days a letter with a question is kept after its last move."
    )
    partner: int = Field(180, ge=1, description="The same for a letter that seeks a partner.")


class Settings(BaseSettings):
    """What an installation can choose, from variables `MARKET_ENTRY_...` or a file `.env`.

    `make docs` writes the fields with their descriptions to `docs/settings.md`.
    """

    model_config = SettingsConfigDict(
        env_prefix="MARKET_ENTRY_", env_file=".env", env_nested_delimiter="_", extra="ignore", frozen=True
    )

    home: Path = Field(Path("data"), description="The folder for catalogue, index, vectors and all that is kept.")
    host: str = Field("127.0.0.1", description="The address at which the pages are served.")
    port: int = Field(7860, ge=1, le=65535, description="The port at which they are served.")
    database: SecretStr = Field(
        SecretStr(""),
        description="A PostgreSQL database for an installation of several machines:"
        " `postgresql://USER:PASSWORD@HOST/NAME?sslmode=verify-full`; without one, all that is kept lies in files of"
        " the home.",
    )
    chroma: SecretStr = Field(
        SecretStr(""),
        description="A Chroma server that holds the vectors of such an installation, for libraries beyond about 100,000"
        " passages: `https://TOKEN@HOST:PORT`, with `/TENANT/DATABASE` where it is not the default one; without it,"
        " each machine holds them itself.",
    )

    chat_model: str = Field(
        "", description="The name of a chat model that writes the answers; without one, answers are quotations."
    )
    chat_url: str = Field(
        "",
        description="Its OpenAI-compatible endpoint (OpenAI, Mistral, Ollama, vLLM, llama.cpp); without one, the name"
        " is as LangChain's `init_chat_model` takes it.",
    )
    chat_key: SecretStr = Field(SecretStr(""), description="The key for it.")
    chat_seconds: float = Field(
        30, gt=0, description="How long an attempt may take, and how long the model may pause within an answer."
    )
    chat_temperature: float | None = Field(
        0, ge=0, le=2, description="How freely it writes; set to nothing, the provider's own default holds."
    )
    chat_most_tokens: int | None = Field(
        None, ge=1, description="How many tokens it may write for an answer, its thoughts among them."
    )
    chat_options: str = Field(
        "",
        description='Further parameters of its requests, as a JSON object: `{"reasoning_effort": "low"}`. What a'
        " provider refuses is left out, and `market-entry doctor` says so.",
    )
    chat_price_in: float | None = Field(
        None, ge=0, description="What a million tokens cost that the model reads; both prices or none."
    )
    chat_price_out: float | None = Field(None, ge=0, description="What a million tokens cost that it writes.")
    chat_budget: float | None = Field(
        None,
        ge=0,
        description="What a calendar month may cost, in the currency of the prices; beyond it, answers are quotations.",
    )
    embedding_url: str = Field(
        "", description="An OpenAI-compatible endpoint for embeddings; without one, the embedded model is used."
    )
    embedding_model: str = Field("", description="The name of its model.")
    embedding_key: SecretStr = Field(SecretStr(""), description="The key for it.")
    rerank_url: str = Field(
        "", description="A `/rerank` endpoint (Jina, Cohere, vLLM, llama.cpp) that orders the first 20 hits anew."
    )
    rerank_model: str = Field("", description="The name of its model.")
    rerank_key: SecretStr = Field(SecretStr(""), description="The key for it.")

    questions_a_minute: int = Field(
        12, ge=1, description="How many questions one person may ask in a minute; whoever asks more is told so."
    )
    waiting_at_most: int = Field(
        60, ge=0, description="How many questions may wait while others are answered; the next is refused."
    )
    mcp: bool = Field(
        False,
        description="Whether agents with a key may use the library at `/mcp`, by the Model Context Protocol.",
    )
    embed_origins: str = Field(
        "",
        description="Sites, with commas, on which the chat may stand: `https://www.biocat.cat, https://www.bio-m.org`;"
        " no other site may frame it.",
    )
    metrics_from: str = Field(
        "", description="Addresses and networks, with commas, that may read `/metrics` besides this machine."
    )

    require_confinement: bool = Field(
        False,
        description="Whether files are refused where the kernel cannot keep the process that reads them from other"
        " files and the network, by Landlock and seccomp; `market-entry doctor` says whether it can.",
    )
    check_links: bool = Field(
        False, description="Whether `market-entry corpus links` may ask the servers of the sources."
    )
    keep_questions: KeepQuestions = Field(
        KeepQuestions.DECLINED,
        description="Of which declined, partly answered or badly rated questions the masked wording is kept: of none,"
        " of all whose person has not objected, or of those whose person has agreed.",
    )
    keep_days: KeepDays = KeepDays()  # from MARKET_ENTRY_KEEP_DAYS_QUESTIONS and so on
    connections: str = Field(
        "",
        description="A TOML file that says which folders, WebDAV servers and S3 storages connections may reach, and how"
        " they sign in there; without one, connections reach feeds and sitemaps of the public web.",
    )
    public_url: str = Field(
        "",
        description="The address by which people reach the server, with a path where it is one of several things under"
        " that name; without one, `http://HOST:PORT`.",
    )
    trusted_proxy: str = Field(
        "",
        description="Addresses and networks, with commas, of a proxy whose forwarded addresses are believed. Set it"
        " behind any proxy: without it every visitor has the proxy's address, and https is not seen.",
    )
    proxy_user_header: str = Field("", description="A header by which that proxy names the account that has signed in.")
    openid_client_id: str = Field(
        "", description="The name by which the provider of OpenID Connect knows this installation."
    )
    openid_client_secret: SecretStr = Field(SecretStr(""), description="The secret for it.")
    openid_issuer: str = Field(
        "",
        description="The provider of OpenID Connect, whose verified e-mail addresses tell who signs in. It needs"
        " `MARKET_ENTRY_PUBLIC_URL`, and `/staff/sign-in/openid/back` under that registered with it.",
    )
    disclaimer: str = Field(
        "", description="A sentence at the foot of every page for companies, and in what they take along."
    )
    emblem: str = Field(
        "", description="The file of a picture beside it, PNG or SVG; what is taken along carries only a PNG."
    )
    smtp_starttls: bool = Field(True, description="Whether the conversation with the mail server is encrypted.")
    smtp_ssl: bool = Field(False, description="Whether it is encrypted from its first byte, as on port 465.")
    smtp_host: str = Field(
        "",
        description="The mail server for letters, for what people follow by mail, and for mails to staff;"
        " without one, no mail is sent.",
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_seconds: float = Field(20, gt=0, description="How long a step of the conversation with it may take.")
    smtp_sender: str = Field("", validate_default=True, description="The address that mails come from.")
    smtp_password: SecretStr = Field(SecretStr(""), description="The password of the user.")
    smtp_user: str = Field("", description="The user by which the mail server lets us in; none where it asks for none.")
    handoff_to: str = Field(
        "",
        description="Who takes letters: `biocat=desk@biocat.example, office@alliance.example` for all others; they wait"
        " without it.",
    )
    desk_days: str = Field(
        "",
        description="Within how many working days a cluster answers, as it has said: `biocat=3, biom=5`; of others"
        " nothing is said.",
    )
    webhook_secret: SecretStr = Field(SecretStr(""), description="Signs what the webhook is sent.")
    webhook_url: str = Field("", description="An address that takes letters in place of mails; https only.")
    keep_watch_days: int = Field(
        730,
        ge=30,
        description="For how many days what somebody follows by mail is kept after they have confirmed it the last"
        " time.",
    )
    keep_handoff_days: KeepHandoffDays = KeepHandoffDays()  # from MARKET_ENTRY_KEEP_HANDOFF_DAYS_PARTNER and so on

    @property
    def chat_prices(self) -> tuple[float, float] | None:
        """What a million tokens cost, read and written, if both are known."""
        if self.chat_price_in is None or self.chat_price_out is None:
            return None
        return self.chat_price_in, self.chat_price_out

    @property
    def chat_extras(self) -> dict[str, Any]:
        """The further parameters of the chat model's requests."""
        return dict(json.loads(self.chat_options or "{}"))

    @property
    def address(self) -> str:
        """The address by which people reach the server, without a slash at its end."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def prefix(self) -> str:
        """The path below which people reach the server, as `/assistant`; empty where it has a name to itself."""
        return urlsplit(self.public_url).path

    @property
    def proxies(self) -> list[str]:
        """The addresses and networks of the trusted proxy."""
        return [part.strip() for part in self.trusted_proxy.split(",") if part.strip()]

    @property
    def metrics_networks(self) -> list[str]:
        """The addresses and networks that may read the metrics, besides this machine."""
        return [part.strip() for part in self.metrics_from.split(",") if part.strip()]

    @property
    def framing_origins(self) -> list[str]:
        """The sites on which the chat may stand."""
        return [part.strip() for part in self.embed_origins.split(",") if part.strip()]

    @property
    def handoff_addresses(self) -> dict[str, str]:
        """The addresses that hand-offs go to, by cluster; that of all others under an empty name."""
        parts = (part.strip().rpartition("=") for part in self.handoff_to.split(",") if part.strip())
        return {cluster.strip(): address.strip() for cluster, _, address in parts}

    @property
    def answering_days(self) -> dict[str, int]:
        """Within how many working days clusters answer, by cluster."""
        parts = (part.partition("=") for part in self.desk_days.split(",") if part.strip())
        return {cluster.strip(): int(days) for cluster, _, days in parts}

    @field_validator("database")
    @classmethod
    def _safe_to_keep_in(cls, database: SecretStr) -> SecretStr:
        if not (url := database.get_secret_value()):
            return database
        parts = urlsplit(url)
        if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
            raise ValueError("write it as postgresql://user:password@host/name?sslmode=verify-full")
        asked = dict(parse_qsl(parts.query))
        hosts = [parts.hostname or "", *asked.get("host", "").split(",")]
        here = all(not host or host in THIS_MACHINE or host.startswith("/") for host in hosts)
        if not here and asked.get("sslmode") not in _ENCRYPTED:
            raise ValueError("the database would be reached unencrypted; add ?sslmode=verify-full")
        return SecretStr(url.replace("postgres://", "postgresql://", 1))

    @field_validator("chroma")
    @classmethod
    def _safe_to_search_on(cls, chroma: SecretStr, info: ValidationInfo) -> SecretStr:
        if not (url := chroma.get_secret_value()):
            return chroma
        parts = urlsplit(url)
        if not _CHROMA.fullmatch(url) or not parts.hostname:
            raise ValueError("write it as https://TOKEN@host:port, or as https://TOKEN@host/tenant/database")
        if parts.hostname not in THIS_MACHINE and not (parts.scheme == "https" and parts.username):
            raise ValueError(
                "a Chroma server on another machine is reached by https and a token; it keeps no door of its own, so"
                " put a proxy with a token before it"
            )
        if "database" in info.data and not info.data["database"].get_secret_value():
            raise ValueError("it is for several machines; set MARKET_ENTRY_DATABASE too, or leave it out")
        return chroma

    @field_validator("chat_temperature", "chat_most_tokens", mode="before")
    @classmethod
    def _nothing_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("chat_options")
    @classmethod
    def _object_of_options(cls, text: str) -> str:
        try:
            options = dict(json.loads(text or "{}"))
        except (ValueError, TypeError):
            raise ValueError('write a JSON object, as {"reasoning_effort": "low"}') from None
        if ours := sorted(OURS & options.keys()):
            raise ValueError(f"{ours[0]} is not chosen here")
        return text

    @field_validator("public_url")
    @classmethod
    def _address_alone(cls, url: str) -> str:
        if url and not _PUBLIC_URL.fullmatch(url.rstrip("/")):
            raise ValueError("write it as https://market-entry.example.org, or as https://example.org/assistant")
        return url.rstrip("/")

    @field_validator("embed_origins")
    @classmethod
    def _origins(cls, text: str) -> str:
        for part in filter(None, (part.strip() for part in text.split(","))):
            if not _ORIGIN.fullmatch(part):
                raise ValueError("write each as https://www.example.org, without a path")
        return text

    @field_validator("trusted_proxy", "metrics_from")
    @classmethod
    def _networks(cls, text: str) -> str:
        for part in filter(None, (part.strip() for part in text.split(","))):
            ip_network(part)
        return text

    @field_validator("proxy_user_header")
    @classmethod
    def _only_from_a_proxy(cls, header: str, info: ValidationInfo) -> str:
        if header and not info.data.get("trusted_proxy"):
            raise ValueError("anybody could send that header; set MARKET_ENTRY_TRUSTED_PROXY to the proxy's address")
        return header.strip().lower()

    @field_validator("chat_budget")
    @classmethod
    def _can_be_counted(cls, budget: float | None, info: ValidationInfo) -> float | None:
        if budget is not None and None in (info.data.get("chat_price_in"), info.data.get("chat_price_out")):
            raise ValueError("set MARKET_ENTRY_CHAT_PRICE_IN and _OUT, by which the costs are counted")
        return budget

    @field_validator("emblem")
    @classmethod
    def _is_a_picture(cls, emblem: str) -> str:
        if emblem and not (emblem.lower().endswith((".png", ".svg")) and Path(emblem).is_file()):
            raise ValueError(f"there is no PNG or SVG file {emblem}")
        return emblem

    @field_validator("smtp_sender")
    @classmethod
    def _has_a_sender(cls, sender: str, info: ValidationInfo) -> str:
        if info.data.get("smtp_host") and "@" not in sender:
            raise ValueError("mails come from an address; write it as assistant@example.org")
        return sender

    @field_validator("smtp_user")
    @classmethod
    def _never_in_the_clear(cls, user: str, info: ValidationInfo) -> str:
        encrypted = info.data.get("smtp_starttls") or info.data.get("smtp_ssl")
        if user and not encrypted and info.data.get("smtp_host") not in THIS_MACHINE:
            raise ValueError("the password would be sent unencrypted; leave MARKET_ENTRY_SMTP_STARTTLS on")
        return user

    @field_validator("handoff_to")
    @classmethod
    def _addresses(cls, text: str) -> str:
        for part in filter(None, (part.strip() for part in text.split(","))):
            if "@" not in part.rpartition("=")[2].strip(" @"):
                raise ValueError("write it as biocat=desk@biocat.example, office@alliance.example")
            _check_cluster(part.rpartition("=")[0].strip())
        return text

    @field_validator("desk_days")
    @classmethod
    def _days(cls, text: str) -> str:
        for part in filter(None, (part.strip() for part in text.split(","))):
            cluster, _, days = part.partition("=")
            if not (cluster.strip() and days.strip().isdecimal() and int(days)):
                raise ValueError("write it as biocat=3, biom=5")
            _check_cluster(cluster.strip())
        return text

    @field_validator("webhook_url")
    @classmethod
    def _safe_to_send_to(cls, url: str, info: ValidationInfo) -> str:
        parts = urlsplit(url)
        if url and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in THIS_MACHINE):
            raise ValueError("what companies write is sent by https only; write it as https://crm.example.org/handoffs")
        if url and not info.data["webhook_secret"].get_secret_value():
            raise ValueError("set MARKET_ENTRY_WEBHOOK_SECRET, so that the receiver can tell who sends")
        return url

    @field_validator("openid_issuer")
    @classmethod
    def _can_come_back(cls, issuer: str, info: ValidationInfo) -> str:
        parts = urlsplit(issuer)
        if issuer and parts.scheme != "https" and parts.hostname not in THIS_MACHINE:
            raise ValueError("a provider is reached by https")
        if issuer and not info.data.get("public_url"):
            raise ValueError("set MARKET_ENTRY_PUBLIC_URL, the address to which the provider sends people back")
        if issuer and not info.data.get("openid_client_id"):
            raise ValueError(
                "set MARKET_ENTRY_OPENID_CLIENT_ID, the name by which the provider knows this installation"
            )
        return issuer


def _check_cluster(code: str) -> None:
    """Raise what a validator may where there is no such cluster; an empty code stands for all others."""
    try:
        if code:
            vocabulary().cluster(code)
    except UnknownCode as error:
        raise ValueError(str(error).rstrip(".")) from None


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
        raise BadSettings(
            f"The setting MARKET_ENTRY_{name} cannot be used: {first['msg'].removeprefix('Value error, ')}."
        ) from error
