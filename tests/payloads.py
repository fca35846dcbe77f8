"""Texts that would act on a page, were they taken for markup."""

from __future__ import annotations

PAYLOADS = (
    "<script>window.__pwned=1</script>",
    '"><img src=x onerror="window.__pwned=1">',
    "'><svg/onload=window.__pwned=1>",
    '" onfocus="window.__pwned=1" autofocus="',
    "</textarea></title></style><script>window.__pwned=1</script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.__pwned=1></style>",
    "<iframe srcdoc='<script>top.__pwned=1</script>'></iframe>",
    "<base href='//evil.example/'><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<style>@import '//evil.example';</style><link rel=stylesheet href=//evil.example>",
    "[x](javascript:window.__pwned=1) ![x](https://evil.example/p.png) <javascript:window.__pwned=1>",
    "<form action=//evil.example><button formaction=javascript:window.__pwned=1>x</button></form>",
    "{{ 7*7 }}{% include '/etc/passwd' %}${7*7}$language",
    "&lt;script&gt;window.__pwned=1&lt;/script&gt;&#60;img src=x&#62;",
    "javascript:window.__pwned=1",
)
