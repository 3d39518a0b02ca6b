# Holds cases against one way to check a signature: check.py WAY CASES SECRET README_SNIPPET
import base64, json, sys

way, cases, secret, snippet = sys.argv[1:]
if way == "README":
    exec(open(snippet).read())
else:
    webhook = __import__(way, fromlist=["Webhook"]).Webhook(secret)

    def holds(_, headers, body):
        try:
            webhook.verify(body, headers)
            return True
        except Exception:
            return False


for line in open(cases):
    case = json.loads(line)
    print(int(holds(secret, case["headers"], base64.b64decode(case["body"]))))
