"""Sign-in by OpenID Connect: authorization code with PKCE, state and nonce. Imported only where a provider is set."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from assistant.texts import TranslatedError

_log = logging.getLogger(__name__)

_SECONDS = 10.0  # for each request to the provider
_LEEWAY = 60  # seconds by which its clock may differ from ours
# Signatures that only the provider can make; with the others, whoever knows the client's secret could.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]


class SignInUnavailable(TranslatedError):
    """The provider does not answer, or not as the standard says."""

    retryable = True


class ProviderRefused(TranslatedError):
    """The provider did not sign the person in, or its word cannot be relied on."""


@dataclass(frozen=True)
class Leave:
    """What the browser keeps while the person is at the provider."""

    state: str = field(default_factory=secrets.token_urlsafe)
    nonce: str = field(default_factory=secrets.token_urlsafe)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))


class Provider:
    """A provider of OpenID Connect, at which this installation is known as a client.

    Raises:
        ProviderUnavailable: from every method, when it does not answer as the standard says.
    """

    def __init__(self, issuer: str, client_id: str, client_secret: str, back: str) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._back = back

    def address(self, leave: Leave) -> str:
        """Where the person signs in; from there the browser comes back with `state` and a code."""
        with self._provider_client() as client:
            endpoint = self._metadata(client)["authorization_endpoint"]
            address: str = client.create_authorization_url(
                endpoint, state=leave.state, nonce=leave.nonce, code_verifier=leave.verifier
            )[0]
        return address

    def email(self, leave: Leave, brought: Mapping[str, str]) -> str:
        """The verified e-mail address of the person who has come back with these parameters.

        Raises:
            ProviderRefused: the person was refused, comes from elsewhere, or has no verified address.
        """
        if not hmac.compare_digest(brought.get("state", "").encode(), leave.state.encode()):
            raise ProviderRefused("openid_refused")
        if "code" not in brought or brought.get("iss", self._issuer) != self._issuer:
            raise ProviderRefused("openid_refused")
        with self._provider_client() as client:
            claims = self._claims(client, leave, brought["code"])
        if claims.get("email_verified") is not True or not claims.get("email"):
            raise ProviderRefused("openid_no_email")
        return str(claims["email"])

    def _claims(self, client: OAuth2Client, leave: Leave, code: str) -> Mapping[str, Any]:
        metadata = self._metadata(client)
        token = client.fetch_token(
            metadata["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=leave.verifier
        )
        keys = KeySet.import_key_set({"keys": _json(client, metadata["jwks_uri"])["keys"]})
        signed = jwt.decode(token["id_token"], keys, algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            {"iss": {"essential": True, "value": self._issuer}, "aud": {"essential": True, "value": self._client_id}},
            {"nonce": leave.nonce, "client_id": self._client_id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=_LEEWAY)
        if "email" in claims:
            return dict(claims)
        # Many providers give the claims of a scope at this endpoint only.
        more = _json(client, metadata["userinfo_endpoint"], {"Authorization": f"Bearer {token['access_token']}"})
        return more if more.get("sub") == claims["sub"] else {}

    def _metadata(self, client: OAuth2Client) -> Mapping[str, Any]:
        metadata = _json(client, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata["issuer"] != self._issuer:
            raise SignInUnavailable("openid_unavailable")
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if self._client_secret and "client_secret_basic" not in methods:
            client.token_endpoint_auth_method = "client_secret_post"  # noqa: S105 - a method
        return metadata

    @contextmanager
    def _provider_client(self) -> Iterator[OAuth2Client]:
        """A client of the provider; its errors become ours."""
        client = OAuth2Client(
            self._client_id,
            self._client_secret or None,
            token_endpoint_auth_method="client_secret_basic" if self._client_secret else "none",
            scope="openid email",
            redirect_uri=self._back,
            code_challenge_method="S256",
            timeout=_SECONDS,
        )
        try:
            with client:
                yield client
        except (JoseError, AuthlibBaseError) as error:
            _log.warning("%s signed nobody in: %r", self._issuer, error)
            raise ProviderRefused("openid_refused") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, KeyError, ValueError) as error:
            _log.warning("%s does not answer as it should: %r", self._issuer, error)
            raise SignInUnavailable("openid_unavailable") from error


def _json(client: OAuth2Client, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    answer = client.request("GET", url, withhold_token=True, headers=dict(headers or {}))
    answer.raise_for_status()
    payload = answer.json()
    if not isinstance(payload, dict):
        raise SignInUnavailable("openid_unavailable")
    return payload
