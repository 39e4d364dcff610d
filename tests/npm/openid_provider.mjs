// A certified OpenID provider (npm's oidc-provider) on loopback, as strict as it comes: its ID tokens tell no address.
// It says on which port it listens, reads one line of JSON {client, secret, callback} from standard input, then says
// `ready`. Anybody may sign in there by any name; whoever does has the verified address NAME@courier.example.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

let answer = (_, response) => response.writeHead(503).end();
const server = createServer((request, response) => answer(request, response));
server.listen(0, "127.0.0.1", async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  console.log(server.address().port);
  for await (const line of createInterface({ input: process.stdin })) {
    const { client, secret, callback } = JSON.parse(line);
    const provider = new Provider(issuer, {
      clients: [{ client_id: client, client_secret: secret, redirect_uris: [callback], id_token_signed_response_alg: "RS256" }],
      claims: { email: ["email", "email_verified"], profile: ["name"] },
      findAccount: (_, id) => ({
        accountId: id,
        claims: () => ({ sub: id, email: `${id}@courier.example`, email_verified: true, name: id }),
      }),
      pkce: { required: () => true },
    });
    answer = provider.callback();
    console.log("ready");
  }
  process.exit(0); // whoever started it is gone
});
