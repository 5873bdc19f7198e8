"""Who may talk to the page: whoever holds the address that was printed, from this machine, and nobody else.

Any web site that the user visits can send requests to loopback, and any name can be made to lead there. So a request
must name the server as it was printed (`Host`), hold a cookie that only the printed token is exchanged for and that
is never sent along with another site's requests, and, to change something, come from the page itself: by `Origin` and
by a token in its form. The answers let the browser load nothing from elsewhere and run no script that stands in a page.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # With `no-referrer` the browser would hide the origin of the page's own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
READING = frozenset({"GET", "HEAD"})


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Access:
    """The secrets of one server at `port`: `token` is in the printed address, `cookie` in the browser, `form` in forms.

    They differ, so that an address in a history or a log opens no door by itself once the server is gone.
    """

    port: int
    token: str = field(default_factory=_secret, repr=False)
    cookie: str = field(default_factory=_secret, repr=False)
    form: str = field(default_factory=_secret, repr=False)

    @property
    def cookie_name(self) -> str:
        """Browsers share cookies between ports, so the port is in the name."""
        return f"mflow_{self.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """What `Host` may say."""
        return (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    @property
    def address(self) -> str:
        """The address to open."""
        return f"http://{self.hosts[0]}/?token={self.token}"


class Guard:
    """Lets those requests through that `access` allows, and adds the headers to every answer."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._answer(scope)
        await (answer or self._app)(scope, receive, with_headers)

    def _answer(self, scope: Scope) -> Response | None:
        """A refusal, or the cookie for the token; None lets the request through."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._access.hosts:
            return PlainTextResponse("this is not the address that mflow ui printed\n", 421)
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["method"] == "GET" and scope["path"] == "/" and _same(token, self._access.token):
            return self._welcome()
        cookies = cookie_parser(headers.get("cookie", ""))
        if not _same(cookies.get(self._access.cookie_name, ""), self._access.cookie):
            return PlainTextResponse("open the address that mflow ui printed; it has a token in it\n", 403)
        if scope["method"] not in READING and headers.get("origin") != f"http://{host}":
            return PlainTextResponse("only the page itself may do this\n", 403)
        return None

    def _welcome(self) -> Response:
        """Exchange the token for the cookie, and take it out of the address."""
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._access.cookie_name, self._access.cookie, httponly=True, samesite="strict")
        return answer


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def right_form(access: Access, given: str) -> bool:
    """Whether a form came from a page of this server."""
    return _same(given, access.form)
