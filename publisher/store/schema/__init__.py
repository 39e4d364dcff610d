"""The tables. What a column means stands beside it; above all, what NULL means.

Constraints have names, so that a migration can find them again. Text is `""` where it is
not known, never NULL. Migrations are in `migrations/versions`; a test holds both equal.
"""

from publisher.store.schema.bounces import messages, standings, suppressions
from publisher.store.schema.desk import (
    audit,
    config_versions,
    hours,
    progress,
    roles,
    schedule_skips,
    sessions,
    user_links,
    users,
)
from publisher.store.schema.ground import counters, metadata, settings
from publisher.store.schema.issues import (
    TROUBLED,
    UNCOUNTED,
    UNSETTLED,
    deliveries,
    issues,
    letters,
    variant_posts,
    variants,
)
from publisher.store.schema.posts import authors, columns, post_authors, posts, related_stories, sources
from publisher.store.schema.published import feed_entries, feed_pages, feed_versions, feeds, files, marks
from publisher.store.schema.readers import consent_texts, consents, newsletters, subscribers, subscriptions, tags
from publisher.store.schema.schedules import schedule_runs, schedules
from publisher.store.schema.sending import destinations, queues, relays, senders, uses
from publisher.store.schema.websub import announced, hub_leases, hub_pushes, hub_requests, hub_subscriptions, pings

HEAD = "0014"
"""The newest migration: a database that stands here needs no Alembic, which is slow to import."""

__all__ = [
    "HEAD",
    "TROUBLED",
    "UNCOUNTED",
    "UNSETTLED",
    "announced",
    "audit",
    "authors",
    "columns",
    "config_versions",
    "consent_texts",
    "consents",
    "counters",
    "deliveries",
    "destinations",
    "feed_entries",
    "feed_pages",
    "feed_versions",
    "feeds",
    "files",
    "hours",
    "hub_leases",
    "hub_pushes",
    "hub_requests",
    "hub_subscriptions",
    "issues",
    "letters",
    "marks",
    "messages",
    "metadata",
    "newsletters",
    "pings",
    "post_authors",
    "posts",
    "progress",
    "queues",
    "related_stories",
    "relays",
    "roles",
    "schedule_runs",
    "schedule_skips",
    "schedules",
    "senders",
    "sessions",
    "settings",
    "sources",
    "standings",
    "subscribers",
    "subscriptions",
    "suppressions",
    "tags",
    "user_links",
    "users",
    "uses",
    "variant_posts",
    "variants",
]
