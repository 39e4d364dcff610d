"""The table of config.toml about how people join by themselves."""

from __future__ import annotations

from pydantic import Field

from publisher.config.kinds import Origin, Switch, Table, WebUrl, Whole


class SignUpTable(Table):
    """How people join by themselves: at `/subscribe`, by forms on other sites, by programs."""

    open: Switch = Field(
        True, description="Offer it; if `false`, links of letters already sent can still be confirmed."
    )
    origins: tuple[Origin, ...] = Field(
        (),
        description="Other sites that may show the form in a frame, send theirs here, and ask by script.",
        examples=[["https://www.courier.example"]],
    )
    privacy_url: WebUrl | None = Field(
        None,
        description="Page that tells what becomes of people's data; the form leads to it.",
        examples=["https://www.courier.example/privacy"],
    )
    per_client: Whole = Field(
        20,
        ge=1,
        description="Most sign-ups an hour from one address (of IPv6, from one network of /64); a fifth of it, where "
        "the browser runs no script.",
    )
    per_domain: Whole = Field(
        200, ge=1, description="The same for mail addresses of one domain; a fifth of it without script."
    )
    per_site: Whole = Field(2000, ge=1, description="The same for the whole site; a tenth of it without script.")
    work: Whole = Field(
        16,
        ge=0,
        le=24,
        description="What a browser has to work out while somebody fills in the form, in bits: each more takes twice "
        "as long. 0: nothing, and the narrow limits are for nobody.",
    )
