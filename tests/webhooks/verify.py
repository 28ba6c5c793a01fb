"""What receivers of webhooks do in Python, for tests/tests/e2e/webhooks.rs.

It reads JSON on stdin: `cases`, each with `secret`, `headers` and `body`. It prints which of them
verify, as one line of JSON on stdout. The package is found through PYTHONPATH.
"""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError


def verifies(case):
    try:
        Webhook(case["secret"]).verify(case["body"].encode(), case["headers"])
    except WebhookVerificationError:
        return False
    return True


print(json.dumps([verifies(case) for case in json.load(sys.stdin)["cases"]]))
