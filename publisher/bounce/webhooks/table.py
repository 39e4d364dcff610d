"""The providers whose webhooks are understood, by the name they have in config.toml.

| provider  | proved by                                        | replays                                        |
|-----------|--------------------------------------------------|------------------------------------------------|
| ses       | RSA signature of SNS, and the topic              | a day; the same id                             |
| postmark  | basic authentication or a bearer's token         | the same id                                    |
| sendgrid  | ECDSA signature over time and body               | a day; the same id                             |
| mailgun   | HMAC of a time and a token                       | a day; the token is the id                     |
| sparkpost | basic authentication or a bearer's token         | the same id                                    |
| brevo     | the same, and addresses                          | the same id                                    |
| generic   | HMAC of time and body                            | five minutes; the same id                      |

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from publisher.bounce.webhooks.brevo import read_brevo
from publisher.bounce.webhooks.event import Answer, Keys, Request
from publisher.bounce.webhooks.generic import read_generic
from publisher.bounce.webhooks.mailgun import read_mailgun
from publisher.bounce.webhooks.postmark import read_postmark
from publisher.bounce.webhooks.sendgrid import read_sendgrid
from publisher.bounce.webhooks.ses import read_ses
from publisher.bounce.webhooks.sparkpost import read_sparkpost

Reader = Callable[[Request, Keys, datetime], Answer]

PROVIDERS: Mapping[str, Reader] = {
    "ses": read_ses,
    "postmark": read_postmark,
    "sendgrid": read_sendgrid,
    "mailgun": read_mailgun,
    "sparkpost": read_sparkpost,
    "brevo": read_brevo,
    "generic": read_generic,
}
