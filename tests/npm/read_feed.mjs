// Reads a JSON list of feed documents from standard input, writes what feedsmith reads in each.
import { parseFeed } from "feedsmith";

let input = "";
for await (const chunk of process.stdin.setEncoding("utf8")) input += chunk;
process.stdout.write(JSON.stringify(JSON.parse(input).map((document) => parseFeed(document))));
