"""Huawei Cloud's SDK exports a table by DLI; prints what came of it.

Takes a JSON object: the `endpoint` of the API, an `accessKey` and its `secret`, a `project`, the `table` as {database_name,
table_name}, and a `data_path` to export to. `cancels` may be another table, of which an export is cancelled.
"""

import json
import os
import sys
import time

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkdli.v1 import (
    CancelSqlJobRequest,
    DliClient,
    ExportTableRequest,
    ExportTableRequestBody,
    ShowSqlJobDetailRequest,
    ShowSqlJobProgressRequest,
    ShowSqlJobStatusRequest,
)

os.environ["NO_PROXY"] = "127.0.0.1"
asked = json.loads(sys.argv[1])
DEADLINE_SECONDS = 120
ACTIVE = ("LAUNCHING", "RUNNING", "SCALING")


def main(client):
    exported = call(lambda: export(client, asked["table"], "exported"))
    if "error" in exported:
        return exported
    job = exported["job_id"]
    started = status(client, job)
    cancelled = export(client, asked.get("cancels", asked["table"]), "cancelled").job_id
    return {
        "exported": exported,
        "started": started,
        "cancel": call(lambda: client.cancel_sql_job(CancelSqlJobRequest(job_id=cancelled))),
        "cancelled": ended(client, cancelled),
        "finished": ended(client, job),
        "progress": call(lambda: client.show_sql_job_progress(ShowSqlJobProgressRequest(job_id=job))),
        "detail": call(lambda: client.show_sql_job_detail(ShowSqlJobDetailRequest(job_id=job))),
        "missingTable": call(lambda: export(client, {**asked["table"], "table_name": "missing"}, "missing")),
        "missingJob": call(lambda: client.show_sql_job_status(ShowSqlJobStatusRequest(job_id="missing"))),
        "wrongSecret": call(lambda: export(connect(f"{asked['secret']}x"), asked["table"], "forged")),
    }


def connect(secret):
    credentials = BasicCredentials(asked["accessKey"], secret, asked["project"])
    return DliClient.new_builder().with_credentials(credentials).with_endpoints([asked["endpoint"]]).build()


def export(client, table, folder):
    body = ExportTableRequestBody(
        **table,
        data_path=f"{asked['data_path']}/{folder}",
        data_type="csv",
        compress="none",
        export_mode="Overwrite",
        with_column_header=True,
    )
    return client.export_table(ExportTableRequest(body=body))


def status(client, job):
    return client.show_sql_job_status(ShowSqlJobStatusRequest(job_id=job)).to_dict()


def ended(client, job):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (now := status(client, job))["status"] in ACTIVE:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{job} is still {now['status']}")
        time.sleep(0.2)
    return now


def call(request):
    try:
        return request().to_dict()
    except ServiceResponseException as error:
        return {"error": [error.status_code, error.error_code, error.error_msg]}


print(json.dumps(main(connect(asked["secret"]))))
