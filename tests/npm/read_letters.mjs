// What mailparser reads in letters.
// Reads JSON {messages: [base64]} from standard input; writes a list of what each says:
// {headers: [[name, raw value]], from, to, subject, date, messageId, text, html, list, files}.

import { readFileSync } from "node:fs";
import { simpleParser } from "mailparser";

const { messages } = JSON.parse(readFileSync(0, "utf8"));

const told = [];
for (const message of messages) {
  const found = await simpleParser(Buffer.from(message, "base64"), {
    keepCidLinks: true,
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipTextLinks: true,
  });
  told.push({
    headers: found.headerLines.map(({ key, line }) => [key, line]),
    from: found.from.value,
    to: found.to.value,
    subject: found.subject,
    date: found.date.toISOString(),
    messageId: found.messageId,
    text: found.text,
    html: found.html,
    list: found.headers.get("list"),
    files: found.attachments.map((one) => ({
      name: one.filename,
      type: one.contentType,
      id: one.contentId,
      related: one.related,
      disposition: one.contentDisposition,
      content: one.content.toString("base64"),
    })),
  });
}
process.stdout.write(JSON.stringify(told));
