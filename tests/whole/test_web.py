"""The web door as a whole: what is served where, and to whom."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount, Route

from assistant.app import App
from assistant.settings import Settings
from pages.shared.access import TrustedProxy, access_of
from pages.staff.site import staff
from tests.conftest import served
from tests.staff_pages import ROLES, Browser
from ui import web

# What anybody may ask for. Everything else is on the staff pages, whose routes say who may use them, or in the API,
# whose routes say which keys may.
OPEN = {"/healthz", "/readyz", "/metrics", "/chat.js", "/feedback", "/best-practice", ""}
OPEN |= {"/compare", "/compare/comparison.{form}", "/plan", "/plan/plan.{form}", "/plan/letter", "/plan.js"}
OPEN |= {
    "/library",
    "/library/{document_id:path}",
    "/library/{document_id:path}:original",
    "/library/{document_id:path}:page",
}
OPEN |= {"/changes.atom", "/watch", "/watch/{token}", "/watch/{token}/stop"}
OPEN |= {"/contact", "/imprint", "/privacy", "/accessibility", "/emblem"}
OPEN |= {"/public.css", "/pages.css", "/shell.css", "/tokens.css", "/fonts/IBMPlexSans-{weight}.woff2", "/favicon.svg"}


def test_outside_the_staff_pages_there_is_only_what_anybody_may_ask_for(app: App) -> None:
    paths = [route.path for route in web(app).routes if isinstance(route, Mount | Route)]
    assert set(paths) == OPEN | {"/staff", "/api/v1"}
    assert paths.index("/staff") < paths.index("")  # the chat answers for every path that nobody else has


def test_staff_pages_and_chat_stand_beside_each_other_with_a_policy_each(app: App) -> None:
    with served(web(app)) as url:
        browsers = [Browser(url) for _ in range(len(ROLES) + 1)]
        for browser, name in zip(browsers[1:], ROLES, strict=True):
            assert browser.sign_in(name).status_code == 303
        for browser in browsers:
            chat = browser.get("/")
            assert chat.status_code == 200
            assert "script-src 'self' 'unsafe-inline'" in chat.headers["content-security-policy"]
            assert browser.get("/healthz").json() == {"status": "ok"}
            assert browser.get("/config").status_code == 200
        statuses = [browser.get("/staff/").status_code for browser in browsers]
        assert statuses == [303, 403, 200, 200, 200]
        assert browsers[0].get("/staff").headers["location"] == "/staff/"
        page = browsers[-1].get("/staff/accounts")
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert page.headers["referrer-policy"] == "same-origin"
        for path in (
            "/STAFF/",
            "/staff//accounts",
            "/staff/../staff/accounts",
            "/gradio_api/../staff/accounts",
        ):
            assert "Administrator" not in browsers[0].get(path).text


def test_what_is_sent_is_compressed_and_what_never_changes_is_kept_but_no_page_of_staff(app: App) -> None:
    with served(web(app)) as url:
        browser = Browser(url)
        browser.sign_in("anna")
        chat = browser.get("/")
        for page in (chat, browser.get("/contact"), browser.get("/public.css")):
            assert page.headers["content-encoding"] == "gzip"
            assert "immutable" not in page.headers.get("cache-control", "")
        assert "content-encoding" not in browser.get("/staff/").headers
        script = browser.get("/assets/" + chat.text.split('"./assets/')[1].split('"')[0])
        assert "immutable" in script.headers["cache-control"]
        assert "immutable" not in browser.get("/assets/none.js").headers.get("cache-control", "")


def test_an_event_of_gradio_knows_on_whose_behalf_it_was_sent(app: App) -> None:
    access = access_of(app)

    def reader(request: gr.Request) -> str:
        return access.reader(request.request).value

    with gr.Blocks() as blocks:
        shown = gr.Textbox()
        gr.Button().click(reader, None, shown, api_name="reader")
    door = FastAPI()
    door.mount("/staff", staff(app))
    door.add_middleware(TrustedProxy, settings=Settings(trusted_proxy="127.0.0.1", proxy_user_header="X-User"))
    with served(gr.mount_gradio_app(door, blocks, path="/", ssr_mode=False)) as url:

        def told(browser: Browser, **headers: str) -> str:
            call = browser.client.post("/gradio_api/call/reader", json={"data": []}, headers=headers).json()
            return browser.get(f"/gradio_api/call/reader/{call['event_id']}", **headers).text

        readers = ["anyone", "member", "staff", "staff", "staff"]
        for name, expected in zip(["", *ROLES], readers, strict=True):
            browser = Browser(url)
            assert f'["{expected}"]' in told(browser, **({"X-User": name} if name else {}))
            if name:
                browser.sign_in(name)
            assert f'["{expected}"]' in told(browser)
