// Holds cases against one way to check a signature: check.js WAY CASES SECRET README_SNIPPET
const fs = require("node:fs");
const [way, cases, secret, snippet] = process.argv.slice(2);

function check() {
  if (way === "README") return eval(`${fs.readFileSync(snippet, "utf8")}; holds`);
  const webhook = new (require(way).Webhook)(secret);
  return (_, headers, body) => {
    try {
      webhook.verify(body, headers);
      return true;
    } catch {
      return false;
    }
  };
}

const holds = check();
for (const line of fs.readFileSync(cases, "utf8").trim().split("\n")) {
  const { headers, body } = JSON.parse(line);
  console.log(Number(holds(secret, headers, Buffer.from(body, "base64"))));
}
