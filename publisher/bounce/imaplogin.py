"""Logging in to an IMAP server: by password or by access token, and what its refusal means.

A password goes as AUTHENTICATE PLAIN where that is offered, since it may hold any character there,
else as LOGIN. A token that is refused is got anew once: it may have ended early.

Standards: RFC 3501 §6.2 (LOGIN, LOGINDISABLED), RFC 4616 (PLAIN), RFC 7628 (OAUTHBEARER), RFC 5530
(what a refusal means); XOAUTH2 is Google's and Microsoft's older form.
"""

from __future__ import annotations

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from publisher.bounce.account import Account

_NOT_NOW = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")  # RFC 5530 §3


def log_in(client: IMAPClient, account: Account) -> None:
    """Raises MailboxError where the server does not let us in."""
    try:
        if account.token is None:
            _by_password(client, account)
        else:
            _by_token(client, account)
    except LoginError as wrong:
        raise _refusal(account, str(wrong)) from None
    except (IMAPClientError, OSError) as wrong:
        problem = f"the login was not answered ({type(wrong).__name__}); it is tried again"
        raise account.error(problem) from None


def _by_password(client: IMAPClient, account: Account) -> None:
    if client.has_capability("AUTH=PLAIN"):
        client.plain_login(account.user, account.password)
    elif client.has_capability("LOGINDISABLED"):
        problem = "it takes no password on this connection; check the scheme of `url`, or use `oauth`"
        raise account.error(problem, permanent=True)
    elif not (account.user + account.password).isascii():
        problem = "it takes no password beyond ASCII (no AUTH=PLAIN); choose another password"
        raise account.error(problem, permanent=True)
    else:
        client.login(account.user, account.password)


def _by_token(client: IMAPClient, account: Account) -> None:
    assert account.token is not None  # noqa: S101  for mypy; the caller looked
    mechanism = _mechanism(client, account)
    token = account.token("")
    try:
        _say(client, account.user, token, mechanism)
    except LoginError:
        newer = account.token(token)
        if newer == token:
            raise
        _say(client, account.user, newer, mechanism)


def _mechanism(client: IMAPClient, account: Account) -> str:
    for mechanism in (account.mechanism.upper(),) if account.mechanism else ("OAUTHBEARER", "XOAUTH2"):
        if client.has_capability(f"AUTH={mechanism}"):
            return mechanism
    problem = "it takes no login by token; use `password`, or another `oauth.mechanism`"
    raise account.error(problem, permanent=True)


def _say(client: IMAPClient, user: str, token: str, mechanism: str) -> None:
    if mechanism == "XOAUTH2":
        client.oauth2_login(user, token)
    else:
        client.oauthbearer_login(user, token)


def _refusal(account: Account, said: str) -> Exception:
    said = said.replace(account.password, "...") if account.password else said
    words = " ".join(ascii(said.removeprefix("b'").strip("'\"")).strip("'\"").split())[:200]
    if any(code in said.upper() for code in _NOT_NOW):
        return account.error(f"it lets nobody in for now: {words}; it is tried again")
    return account.error(
        f"it refuses the login: {words}; check the user in `url`, `password` or `oauth`", permanent=True
    )
