"""Writes endpoint_cases.h: where botocore, which the AWS CLI is made of, sends a GET of key "k" for many settings.

    .deps/peers/bin/python tests/unit/store/endpoint_cases.py > tests/unit/store/endpoint_cases.h   (tools/setup peers)

botocore's rules are data that it evaluates; here they are asked by what they answer, request by request, and nothing is sent.
"""
import itertools
import os

try:
    from awscli.botocore.awsrequest import AWSResponse
    from awscli.botocore.config import Config
    from awscli.botocore.session import Session
except ImportError:  # AWS CLI before 1.44: a package of its own
    from botocore.awsrequest import AWSResponse
    from botocore.config import Config
    from botocore.session import Session

BUCKETS = ["bucket", "a.b.c", "Upper", "under_score", "ab1", "a-b", "1.2.3.4x", "bucket-name-of-sixty-three-characters-which-is-the-most-there-are"[:63]]
REGIONS = ["us-east-1", "us-west-2", "eu-central-1", "cn-north-1", "us-gov-west-1", "af-south-1"]
ENDPOINTS = [None, "http://minio:9000", "https://s3.example.com", "https://example.com:8443/base", "http://127.0.0.1:9000",
             "http://[::1]:9000", "https://10.0.0.1", "http://minio:80", "https://minio:443"]
STYLES = ["auto", "path", "virtual"]


def settings():
    for bucket, region, style in itertools.product(BUCKETS, REGIONS, STYLES):
        yield bucket, region, None, style, False, False
    for bucket, endpoint, style in itertools.product(BUCKETS, ENDPOINTS[1:], STYLES):
        yield bucket, "us-east-1", endpoint, style, False, False
    for bucket, region, style, (dual, fips) in itertools.product(["bucket", "a.b.c"], REGIONS, ["auto", "path"],
                                                                 [(True, False), (False, True), (True, True)]):
        yield bucket, region, None, style, dual, fips
    for dual, fips in ((True, False), (False, True), (True, True)):
        yield "bucket", "us-east-1", "https://s3.example.com", "auto", dual, fips


def address(bucket, region, endpoint, style, dual, fips):
    """The URL, or None where botocore refuses."""
    config = Config(region_name=region, s3={"addressing_style": style, "use_dualstack_endpoint": dual,
                                                     "us_east_1_regional_endpoint": "regional"},
                    use_fips_endpoint=fips, retries={"total_max_attempts": 1})
    client = Session().create_client("s3", endpoint_url=endpoint, config=config, aws_access_key_id="a",
                                     aws_secret_access_key="b")
    urls = []

    def catch(request, **_):
        urls.append(request.url)
        return AWSResponse(request.url, 200, {"content-length": "0"}, None)

    client.meta.events.register("before-send.s3.GetObject", catch)
    try:
        client.get_object(Bucket=bucket, Key="k")
    except Exception:  # pylint: disable=broad-except
        pass
    return urls[0] if urls else None


def text(value):
    return f'"{value}"' if value else "NULL"


def main():
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE="/nonexistent", AWS_SHARED_CREDENTIALS_FILE="/nonexistent", AWS_EC2_METADATA_DISABLED="true")
    print("/* Written by endpoint_cases.py: where botocore sends a GET of key \"k\"; NULL where it refuses. */")
    print("static const struct endpoint_case endpoint_cases[] = {")
    for bucket, region, endpoint, style, dual, fips in settings():
        url = address(bucket, region, endpoint, style, dual, fips)
        print(f"{{{text(bucket)}, {text(region)}, {text(endpoint)}, {text(style)}, {str(dual).lower()}, {str(fips).lower()},"
              f" {text(url)}}},")
    print("};")


if __name__ == "__main__":
    main()
