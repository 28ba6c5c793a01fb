"""What programs for e-mail read in Python, for tests/tests/e2e/subscriptions.rs.

It reads JSON on stdin: `emails`, each as the platform's binding takes it. It puts each together as
the platform does, in MIME, reads that again, and prints what it has read, as one line of JSON.
"""

import json
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage


# Lines as long as RFC 5322 allows: the platform encodes no field of ours to fold it.
WRITTEN = policy.SMTP.clone(max_line_length=998)


def written(email):
    message = EmailMessage(policy=WRITTEN)
    message["From"] = email["from"]
    message["To"] = ", ".join(email["to"])
    message["Subject"] = email["subject"]
    message.set_content(email["text"])
    message.add_alternative(email["html"], subtype="html")
    for name, value in email["headers"].items():
        message[name] = value
    return message.as_bytes()


def part(message, kind):
    body = message.get_body((kind,))
    return body.get_content().replace("\r\n", "\n")


def read(email):
    message = message_from_bytes(written(email), policy=policy.default)
    defects = [str(it) for part in message.walk() for it in part.defects]
    headers = {name: str(message[name]) for name in email["headers"]}
    counts = {name: len(message.get_all(name)) for name in email["headers"]}
    return {
        "defects": defects,
        "from": message["From"].addresses[0].addr_spec,
        "to": [address.addr_spec for address in message["To"].addresses],
        "subject": str(message["Subject"]),
        "headers": headers,
        "once": all(count == 1 for count in counts.values()),
        "text": part(message, "plain"),
        "html": part(message, "html"),
    }


print(json.dumps([read(email) for email in json.load(sys.stdin)["emails"]]))
