// What mailauth says of signed letters.
// Reads JSON {messages, dns: {name: TXT value}, sender} from standard input; writes a list of
// {signatures: [{algorithm, domain, result, aligned}], dmarc}. No name is looked up anywhere else.

import { readFileSync } from "node:fs";
import { authenticate } from "mailauth";

const { messages, dns, sender } = JSON.parse(readFileSync(0, "utf8"));

async function resolver(name, type) {
  if (type === "TXT" && name in dns) return [dns[name].match(/.{1,255}/gs)];
  throw Object.assign(new Error(`no ${type} of ${name}`), { code: "ENOTFOUND" });
}

const told = [];
for (const message of messages) {
  const found = await authenticate(Buffer.from(message, "utf8"), {
    ip: "192.0.2.25",
    helo: "mx.fernmoor.example",
    mta: "mx.readers.example",
    sender,
    resolver,
    disableArc: true,
    disableBimi: true,
  });
  told.push({
    signatures: found.dkim.results.map((one) => ({
      algorithm: one.algo,
      domain: one.signingDomain,
      result: one.status.result,
      comment: one.status.comment,
      aligned: one.status.aligned,
    })),
    dmarc: found.dmarc?.status?.result,
    spf: found.spf?.status?.result,
  });
}
process.stdout.write(JSON.stringify(told));
