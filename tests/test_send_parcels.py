"""From a row of the ledger to a letter with its envelope: both name the same delivery, and hosts as A-labels."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from publisher.mail.dkim import Signers
from publisher.model.delivery import Delivery
from publisher.send.commands import Offer, Parcel, mail_command, rcpt_command
from publisher.send.parcels import Context, Packer
from publisher.store import schema
from publisher.store.database import Store
from publisher.tokens import Purpose, row_of
from tests.signed_letters import keys, split_signatures
from tests.test_mail_wire import read
from tests.test_send_deliver import CONTEXT
from tests.writers import put_issue_on_its_way

ALL = Offer(smtputf8=True, eight_bit=True, dsn=True, size=True)
SIGNED = replace(
    CONTEXT,
    signers=Signers(by_domain={"courier.example": tuple(replace(key, domain="courier.example") for key in keys())}),
)


def parcel(store: Store, email: str = "ada@readers.example", *, context: Context = SIGNED, delivery: int = 7) -> Parcel:
    """The letter of an issue's only variant to somebody."""
    if not _has_issue(store):
        put_issue_on_its_way(store, 1)
    with store.read() as conn:
        variant = conn.execute(select(schema.variants.c.id)).scalar_one()
        row = Delivery(
            id=delivery, issue=1, variant=variant, subscription=1, email=email, name="Ada Winter", attempts=0
        )
        return Packer(context).stencil_of(conn, row).pack(row)


def _has_issue(store: Store) -> bool:
    with store.read() as conn:
        return conn.execute(select(schema.issues.c.id)).first() is not None


def test_envelope_header_and_parts_name_the_delivery_by_one_token(sqlite_store: Store) -> None:
    one = parcel(sqlite_store)
    token = one.envelope_id
    assert row_of(CONTEXT.keys, Purpose.DELIVERY, token) == 7
    assert one.sender == f"b+{token}@bounce.courier.example"
    assert len(one.sender.partition("@")[0]) <= 64
    message = read(split_signatures(one.message)[-1])
    assert message["message-id"] == f"<{token}@courier.example>"
    assert message.get_boundary() == f"=_{token}"
    leaving = str(message["list-unsubscribe"]).strip("<>").rpartition("/")[2]
    assert row_of(CONTEXT.keys, Purpose.UNSUBSCRIBE, leaving) == 1
    assert (
        mail_command(one, ALL)
        == f"MAIL FROM:<{one.sender}> SIZE={len(one.message)} RET=HDRS ENVID={token}\r\n".encode()
    )
    assert rcpt_command(one, ALL) == (
        b"RCPT TO:<ada@readers.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ada@readers.example\r\n"
    )


def test_a_letter_packed_again_is_the_same_octet_by_octet_and_another_delivery_is_another(sqlite_store: Store) -> None:
    assert parcel(sqlite_store) == parcel(sqlite_store)
    assert parcel(sqlite_store).message != parcel(sqlite_store, delivery=8).message


@pytest.mark.parametrize(
    ("email", "on_the_wire", "needs_smtputf8"),
    [
        ("mia@bücher.example", "mia@xn--bcher-kva.example", False),
        ("mia@xn--bcher-kva.example", "mia@xn--bcher-kva.example", False),
        ("änne@bücher.example", "änne@xn--bcher-kva.example", True),
        ("l" * 64 + "@readers.example", "l" * 64 + "@readers.example", False),
    ],
)
def test_a_domain_beyond_ascii_is_the_same_a_labels_in_envelope_and_header(
    sqlite_store: Store, email: str, on_the_wire: str, needs_smtputf8: bool
) -> None:
    one = parcel(sqlite_store, email)
    assert one.recipient == on_the_wire
    assert f"<{on_the_wire}>\r\n".encode() in one.message
    assert one.needs_smtputf8 is needs_smtputf8
    assert (b"SMTPUTF8" in mail_command(one, ALL)) is needs_smtputf8


def test_a_key_that_was_rotated_still_reads_what_came_back(sqlite_store: Store) -> None:
    old = parcel(sqlite_store)
    newer = (b"n" * 32, *CONTEXT.keys)
    assert row_of(newer, Purpose.DELIVERY, old.envelope_id.upper()) == 7
    assert row_of((b"n" * 32,), Purpose.DELIVERY, old.envelope_id) is None
