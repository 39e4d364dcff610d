// Sends letters by nodemailer's pool, signed by RSA; its task comes on standard input, its figures go to standard output.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const nodemailer = createRequire(import.meta.url)(process.argv[2]);
const task = JSON.parse(readFileSync(0, "utf8"));
const pool = nodemailer.createTransport({
  pool: true,
  host: "127.0.0.1",
  port: task.port,
  secure: false,
  ignoreTLS: true,
  maxConnections: task.connections,
  maxMessages: Infinity,
  dkim: { domainName: task.domain, keySelector: "bench-rsa", privateKey: task.key },
});
const letter = (at) => ({
  from: `The Courier <desk@${task.domain}>`,
  to: `Reader ${at} <reader${at}@readers.example>`,
  subject: task.subject,
  html: task.html.replaceAll("{{ name }}", `Reader ${at}`),
  text: task.text.replaceAll("{{ name }}", `Reader ${at}`),
  list: { unsubscribe: `https://${task.domain}/unsubscribe/${at}` },
});
const begun = process.hrtime.bigint();
const before = process.cpuUsage();
let next = 0;
const worker = async () => {
  while (next < task.letters) await pool.sendMail(letter(next++));
};
await Promise.all(Array.from({ length: task.connections }, worker));
const spent = process.cpuUsage(before);
const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
pool.close();
console.log(JSON.stringify({ rate: task.letters / seconds, cpu: (spent.user + spent.system) / 1e6 / task.letters }));
