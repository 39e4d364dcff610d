"""The kinds of value that keys of config.toml have: each with its reader (`values.py`, `addresses.py`)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, Strict

from publisher.config import addresses, values

Line = Annotated[str, BeforeValidator(values.line)]
Prose = Annotated[str, BeforeValidator(values.prose)]
FilePath = Annotated[str, BeforeValidator(values.line)]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Switch = Annotated[bool, Strict()]
Slug = Annotated[str, BeforeValidator(values.slug)]
BaseUrl = Annotated[str, BeforeValidator(addresses.base_url)]
WebUrl = Annotated[str, BeforeValidator(addresses.web_url)]
Origin = Annotated[str, BeforeValidator(addresses.origin)]
Language = Annotated[str, BeforeValidator(values.bcp47)]
Zone = Annotated[str, BeforeValidator(values.time_zone)]
ScheduleText = Annotated[str, BeforeValidator(values.schedule)]
Holiday = Annotated[str, BeforeValidator(values.holiday)]
Duration = Annotated[
    timedelta,
    BeforeValidator(values.duration, json_schema_input_type=str),
    PlainSerializer(values.duration_text, return_type=str),
]
Mailbox = Annotated[str, BeforeValidator(addresses.mailbox)]
MailAddress = Annotated[str, BeforeValidator(addresses.mail_address)]
Backlog = Annotated[str, BeforeValidator(values.backlog)]
RelayUrl = Annotated[str, BeforeValidator(addresses.relay_url)]
BouncesUrl = Annotated[str, BeforeValidator(addresses.bounces_url)]
DatabaseUrl = Annotated[str, BeforeValidator(addresses.database_url)]
TaggingEntity = Annotated[str, BeforeValidator(values.tagging_entity)]
Colour = Annotated[str, BeforeValidator(values.colour)]
Css = Annotated[str, BeforeValidator(values.css)]
PublishTarget = Annotated[str, BeforeValidator(addresses.publish_target)]
Domain = Annotated[str, BeforeValidator(values.domain)]
Hours = Annotated[str, BeforeValidator(values.hours)]
Day = Annotated[
    date,
    BeforeValidator(values.day, json_schema_input_type=str),
    PlainSerializer(date.isoformat, return_type=str),
]
Selector = Annotated[str, BeforeValidator(values.selector)]
Network = Annotated[str, BeforeValidator(addresses.network)]
EnvironmentName = Annotated[str, BeforeValidator(values.environment_name)]


class Table(BaseModel):
    """One table of config.toml: no key that is not named here, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Secret(Table):
    """Where a secret is found; exactly one of the two."""

    env: EnvironmentName | None = Field(
        None, description="Name of an environment variable; NAME_FILE may name a file instead."
    )
    file: FilePath | None = Field(None, description="A file that holds the secret alone.")
