"""Lists of readers as other programs write them: for each a text, who is to be joined, and who is not, and why."""

from __future__ import annotations

from publisher.subscribe.receipt import Receipt

MAILCHIMP = (
    "Email Address,First Name,Last Name,Status,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
    "LEID,EUID,NOTES,TAGS\n"
    'ada@r.example,Ada,Lind,gone fishing,2,"2019-03-04 11:22:33",,"2019-03-04 11:25:01",192.0.2.7,'
    '1,a,"He said:\n""hello""",\n'
    "bo@r.example,Bo,,,2,2020-01-01 00:00:00,2001:db8::7,,,2,b,,\n"
)
MAILCHIMP_LEFT = (
    "Email Address,First Name,OPTIN_TIME,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON,LEID,EUID\n"
    "cy@r.example,Cy,2019-03-04 11:22:33,2020-02-02 10:00:00,News,NORMAL,3,c\nno address,,,,,,,\n"
)
MAILCHIMP_CLEANED = (
    "Email Address,First Name,OPTIN_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,LEID,EUID\n"
    "di@r.example,Di,2019-03-04 11:22:33,2020-02-02 10:00:00,News,4,d\n"
)
SUBSTACK = (
    "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
    "ada@r.example,false,,other,false,2026-07-01T00:00:00.000Z,\n"
    "bo@r.example,true,2027-07-01T00:00:00.000Z,yearly,false,2026-06-01T00:00:00.000Z,2026-07-15T00:00:00.000Z\n"
    "cy@r.example,false,,other,true,2026-05-01T00:00:00.000Z,\n"
)
GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\r\n"
    '1,ada@r.example,Ada Lind,"early, and kind",true,false,,2026-01-01T00:00:00.000Z,,vip,\r\n'
    "2,bo@r.example,Bo,,true,true,cus_1,2026-01-02T00:00:00.000Z,,,Gold\r\n"
    "3,cy@r.example,Cy,,false,false,,2026-01-02T00:00:00.000Z,,,\r\n"
)
LISTMONK = (
    "uuid,email,name,attributes,status,created_at,updated_at\n"
    '8e1a,ada@r.example,Ada Lind,"{""city"": ""Portside""}",enabled,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z\n'
    "8e1b,bo@r.example,Bo,{},enabled,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z\n"
    "8e1c,cy@r.example,Cy,{},disabled,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z\n"
    "8e1d,di@r.example,Di,{},blocklisted,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z\n"
)
BUTTONDOWN = (
    "email,notes,metadata,tags,subscriber_type,creation_date,ip_address\n"
    "ada@r.example,,{},,regular,2024-02-02T08:00:00Z,192.0.2.7\n"
    "bo@r.example,,{},,premium,2024-02-02T08:00:00Z,\n"
    "cy@r.example,,{},,unsubscribed,2024-02-02T08:00:00Z,\n"
    "di@r.example,,{},,unactivated,2024-02-02T08:00:00Z,\n"
    "ed@r.example,,{},,undeliverable,2024-02-02T08:00:00Z,\n"
    "flo@r.example,,{},,complained,2024-02-02T08:00:00Z,\n"
)
BEEHIIV = (
    "Email,Status,Created At,Subscription Tier,UTM Source,Referral Code\n"
    "ada@r.example,active,2025-01-01 10:00:00,free,web,x1\n"
    "bo@r.example,active,2025-01-01 10:00:00,premium,,x2\n"
    "cy@r.example,inactive,2025-01-01 10:00:00,free,,x3\n"
    "di@r.example,pending,2025-01-01 10:00:00,free,,x4\n"
    "ed@r.example,invalid,2025-01-01 10:00:00,free,,x5\n"
)
GENERIC = (
    "Vorname;Nachname;E-Mail-Adresse;Status;Sprache\n"
    "Ada;Lind;ada@r.example;aktiv;de\n;Bo;bo@r.example;;\nCy;;cy@r.example;abgemeldet;de_AT\n"
)

LISTS = {
    "mailchimp": (MAILCHIMP, {}),
    "substack": (SUBSTACK, {Receipt.UNSUBSCRIBED: 1}),
    "ghost": (GHOST, {Receipt.UNSUBSCRIBED: 1}),
    "listmonk": (LISTMONK, {Receipt.UNSUBSCRIBED: 1, Receipt.BLOCKED: 1}),
    "buttondown": (
        BUTTONDOWN,
        {Receipt.UNSUBSCRIBED: 1, Receipt.UNCONFIRMED: 1, Receipt.BOUNCED: 1, Receipt.COMPLAINED: 1},
    ),
    "beehiiv": (BEEHIIV, {Receipt.UNSUBSCRIBED: 1, Receipt.UNCONFIRMED: 1, Receipt.BOUNCED: 1}),
    "generic": (GENERIC, {Receipt.UNSUBSCRIBED: 1}),
}
"""In each, Ada and Bo get mail, and nobody else does."""
