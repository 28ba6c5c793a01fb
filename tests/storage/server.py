# Storage that is compatible with S3: moto's, which refuses requests that are not signed with the key
# of a user, and those that the user may not make. The user may put objects into one bucket.
#
# Prints a line of JSON: where it is, and the key. Then it answers each line of its input, `list` or
# `get KEY`, with a line of JSON, until the input ends.
import json
import os
import sys

# What is set up here needs no key: the user, what the user may do, the bucket, and the key.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "pages"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    ],
}

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"
unsigned = {
    "endpoint_url": url,
    "region_name": "us-east-1",
    "aws_access_key_id": "none",
    "aws_secret_access_key": "none",
}
iam = boto3.client("iam", **unsigned)
iam.create_user(UserName="mirror")
iam.put_user_policy(UserName="mirror", PolicyName="put", PolicyDocument=json.dumps(POLICY))
boto3.client("s3", **unsigned).create_bucket(Bucket=BUCKET)
key = iam.create_access_key(UserName="mirror")["AccessKey"]


def say(value):
    print(json.dumps(value), flush=True)


def kept():
    # Past the interface, which takes no questions of the user's.
    from moto.s3.models import s3_backends

    for backends in s3_backends.values():
        for backend in backends.values():
            if BUCKET in backend.buckets:
                return backend.buckets[BUCKET].keys
    return {}


say({"url": url, "access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]})
for line in sys.stdin:
    command, _, name = line.strip().partition(" ")
    objects = kept()
    if command == "list":
        say(sorted(objects.keys()))
    else:
        found = objects[name]
        fields = {name.lower(): value for name, value in found.metadata.items()}
        say({"type": fields.get("content-type"), "body": found.value.decode("utf-8", "replace")})
server.stop()
