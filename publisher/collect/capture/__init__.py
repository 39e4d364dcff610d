"""A captured page: a web page saved or copied as plain text, read by its structure.

Pure. The page is cut into blocks at blank lines; what each block is follows from its
shape, its place and the blocks around it, never from what it is about:

column     Before the title: a block of two lines (name, tagline), or a short heading
           alone, or a heading, a sentence and a heading when the sentence holds the name
           or what follows the third block could only follow a title. May be missing.
title      The first heading: one line that is no sentence, byline or date.
byline     `By A`, `By A and B`, also with a date on the same line; date lines too.
summary    A block right after the title that repeats the beginning of the text, cut off
           (`summary.py`), or a heading between title and byline. It is no part of the text.
text       All blocks from there to the first of the sections below, each a paragraph.
           Its characters stay as they are; a subheading is a paragraph as well.
writer     A paragraph that starts with a person's name as its subject and says what that
           person does for a living (covers, writes, is a reporter …) or how to reach
           them: the blurb (`writer.py`). Nobody the text itself speaks of, unless the
           byline names them. The blocks that follow and speak of the same person are the
           bio. A second such paragraph is a second author. May stand under a heading
           `About the author`.
related    A short heading such as `More from …`, `Read next`, `Related` (several
           languages: `words.py`) and the blocks after it: titles, each with an image
           description before it (a line given twice) and a summary after it.
furniture  `© 2026 …`, `Share this`, `Advertisement`: left out.

Known weakness: names are recognised by capital letters, so a blurb in a script without
them is text; verbs and headings are known in English, German, French, Spanish, Italian,
Portuguese and Dutch. On a page without a byline, a person whom only the last paragraphs
introduce, by name and trade, is taken for its writer.
"""
