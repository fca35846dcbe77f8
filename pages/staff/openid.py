"""Signing in by OpenID Connect; these pages exist only where a provider is set."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from assistant.accounts.openid import Leave, Provider, ProviderRefused
from assistant.accounts.sessions import Way
from assistant.settings import Settings
from pages.shared.rendering import access, go, installation
from pages.staff.sign_in import begin

OPEN_PATHS = frozenset({"/sign-in/openid", "/sign-in/openid/back"})

_LEAVE, _SECONDS = "leave", 600  # the cookie for the time at the provider, and how long that may take
_LONGEST = 500  # characters of the address to go on to


def router_for(settings: Settings) -> APIRouter:
    """The two pages between which the person is at the provider."""
    router = APIRouter()
    provider = Provider(
        settings.openid_issuer,
        settings.openid_client_id,
        settings.openid_client_secret.get_secret_value(),
        f"{settings.address}/staff/sign-in/openid/back",
    )

    @router.get("/sign-in/openid")
    def leave_for_provider(request: Request, next: str = "") -> Response:  # noqa: A002 - the name that such addresses use
        leave = Leave()
        response = go(provider.address(leave))
        access(request).keep(request, response, _LEAVE, _packed(leave, next[:_LONGEST]), seconds=_SECONDS)
        return response

    @router.get("/sign-in/openid/back")
    def back_from_provider(request: Request) -> Response:
        leave, wanted = _unpacked(request.cookies.get(access(request).cookie(_LEAVE, request), ""))
        email = provider.email(leave, request.query_params)
        response = begin(request, installation(request).sessions.sign_in_known(Way.OPENID, email=email), wanted)
        access(request).drop(request, response, _LEAVE)
        return response

    return router


def _packed(leave: Leave, wanted: str) -> str:
    return urlsafe_b64encode(json.dumps([asdict(leave), wanted]).encode()).decode()


def _unpacked(cookie: str) -> tuple[Leave, str]:
    """What `_packed` has packed.

    Raises:
        ProviderRefused: the browser has not left from here, or too long ago.
    """
    try:
        kept, wanted = json.loads(urlsafe_b64decode(cookie))
        return Leave(**{name: str(value) for name, value in kept.items()}), str(wanted)
    except (ValueError, TypeError, AttributeError) as error:
        raise ProviderRefused("openid_refused") from error
