// Reads a JSON list of feed documents from standard input, writes what the reader that is named makes of each.
import { parseFeed } from "feedsmith";
import Parser from "rss-parser";

const readers = {
  feedsmith: (document) => parseFeed(document),
  "rss-parser": (document) => new Parser().parseString(document),
};

let input = "";
for await (const chunk of process.stdin.setEncoding("utf8")) input += chunk;
const read = readers[process.argv[2]];
process.stdout.write(JSON.stringify(await Promise.all(JSON.parse(input).map(read))));
