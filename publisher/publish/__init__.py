"""Publish: the static tree below `feeds/`: pages, feeds, stylesheets, pictures.

`site.publish_site` is the door. Deciding what stands in a page is pure (`view`, `pages`);
what is written, kept and taken away is the business of `tree`.
"""
