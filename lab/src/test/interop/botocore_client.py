"""botocore against a store that takes and refuses objects, on one connection: with `Expect: 100-continue`, whose body it leaves
out where that is refused, and sends the next request. Argument: the URL."""
import sys

import botocore.config
import botocore.exceptions
import botocore.session

session = botocore.session.get_session()
session.set_credentials("id", "secret")
settings = botocore.config.Config(
    max_pool_connections=1, retries={"max_attempts": 0}, s3={"addressing_style": "path"}, parameter_validation=False
)
s3 = session.create_client("s3", region_name="none", endpoint_url=sys.argv[1], config=settings)
for bucket, key in [("yes", "a"), ("no", "b"), ("no", "c"), ("yes", "d"), ("yes", "e")]:
    try:
        body = b"a line of an object\n" * 50000
        print(bucket, key, s3.put_object(Bucket=bucket, Key=key, Body=body)["ResponseMetadata"]["HTTPStatusCode"])
    except botocore.exceptions.ClientError as e:
        print(bucket, key, e.response["ResponseMetadata"]["HTTPStatusCode"])
