// What html-validate and caniemail say of letters.
// Reads JSON {name: html} from standard input; writes {name: {page: [message], mail: {feature: [program]}}}.

import { readFileSync } from "node:fs";
import { caniemail } from "caniemail";
import { HtmlValidate } from "html-validate";

const PROGRAMS = ["gmail.*", "outlook.*", "apple-mail.*", "yahoo.*"];

const { letters, off } = JSON.parse(readFileSync(0, "utf8"));
const validator = new HtmlValidate({
  extends: ["html-validate:recommended"],
  rules: Object.fromEntries(off.map((rule) => [rule, "off"])),
});

const told = {};
for (const [name, html] of Object.entries(letters)) {
  const report = await validator.validateString(html, `${name}.html`);
  const page = report.results.flatMap((result) => result.messages).map((one) => `${one.ruleId}: ${one.message} ${one.selector}`);
  const mail = {};
  for (const [program, issues] of caniemail({ clients: PROGRAMS, html }).issues.errors) {
    for (const issue of issues) {
      mail[issue.title] = [...new Set([...(mail[issue.title] ?? []), program])];
    }
  }
  told[name] = { page, mail };
}
process.stdout.write(JSON.stringify(told));
