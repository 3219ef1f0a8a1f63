"""Signs requests as Huawei Cloud's SDK does: writes golden/signatures.json, which is the same each time."""

import json
import pathlib

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

DATE = "20261128T120000Z"
CREDENTIALS = BasicCredentials("AKEXAMPLE0123456789", "an-example/of+a=secret", "project-1")
JOBS = "/v1.0/project-1/jobs"
JOB = f"{JOBS}/6f0f1c2e"
EXPORT = {"data_path": "obs://exports/dli", "data_type": "csv", "table_name": "flüge", "with_column_header": True}

REQUESTS = {
    "a body": ("POST", f"{JOBS}/export-table", [], json.dumps(EXPORT, ensure_ascii=False)),
    "no body": ("GET", f"{JOB}/status", [], ""),
    "another method": ("DELETE", JOB, [], ""),
    "a path that ends in a slash": ("GET", f"{JOB}/", [], ""),
    "a path of other characters": ("GET", f"{JOBS}/a%20b%C3%A9~-_.!%27%28%29%2A%2B", [], ""),
    "parameters": ("GET", JOBS, [("page-size", 10), ("current-page", 1), ("job-type", "EXPORT")], ""),
    "a parameter twice": ("GET", JOBS, [("tag", "b"), ("Tag", "z"), ("tag", "a")], ""),
    "parameters of other characters": ("GET", JOBS, [("a+b", "c d"), ("é", "&=?/%~"), ("empty", "")], ""),
}


def signed(method, path, parameters, body, content_type="application/json"):
    headers = {
        "Content-Type": content_type,
        "Host": "127.0.0.1:8787",
        "User-Agent": "huaweicloud-usdk-python/3.0; an example",
        "X-Project-Id": "project-1",
        "X-Sdk-Date": DATE,
    }
    request = Signer(CREDENTIALS).sign(
        SdkRequest(method, "http", headers["Host"], path, None, parameters, headers, body)
    )
    path, _, query = request.uri.partition("?")
    return {"method": method, "path": path, "query": query, "headers": request.header_params, "body": body}


golden = pathlib.Path(__file__).parent / "golden" / "signatures.json"
cases = {
    "date": DATE,
    "accessKey": CREDENTIALS.ak,
    "secret": CREDENTIALS.sk,
    "requests": {name: signed(*request) for name, request in REQUESTS.items()},
    # Of a body that is no JSON the SDK signs nothing.
    "unsignedBody": signed("POST", f"{JOBS}/export-table", [], "{}", "text/plain"),
}
golden.write_text(json.dumps(cases, indent=2, ensure_ascii=False) + "\n")
