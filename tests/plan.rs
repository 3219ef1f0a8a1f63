//! A config is judged once: what is refused, by which code, and where.

use serde_json::{Value as Json, json};
use tableport::checksum::Checksum;
use tableport::plan::{Destination, ExportPlan, Files, Format, PartSize, SasUrl, Value};
use tableport::{Code, Error};

/// A config in JSON, in which `"<function>"` and the like stand for what only JavaScript has.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(value) => Value::Number(value.as_f64().unwrap()),
        Json::String(text) if text.starts_with('<') => Value::Other(text.trim_matches(['<', '>']).to_owned()),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        Json::Object(map) => Value::Map(map.iter().map(|(key, item)| (key.clone(), value(item))).collect()),
    }
}

fn judge(changes: Json) -> Result<ExportPlan, Error> {
    let mut config = json!({
        "source": { "kind": "packed" },
        "format": "csv",
        "destination": "https://store.example/key?X-Amz-Signature=canary",
    });
    for (key, change) in changes.as_object().unwrap() {
        config[key] = change.clone();
    }
    ExportPlan::judge(&value(&config))
}

#[track_caller]
fn refused(changes: Json, code: Code, field: &str) -> String {
    let error = judge(changes).expect_err("a config that cannot work");
    assert_eq!((error.code, error.place.field.as_deref()), (code, Some(field)), "{error}");
    assert!(!error.message.contains("canary"), "{error}");
    error.message
}

#[test]
fn defaults_are_resolved() {
    let plan = judge(json!({})).unwrap();
    let Format::Csv(csv) = &plan.format else { panic!("{:?}", plan.format) };
    assert_eq!((csv.header, csv.delimiter, csv.quote, csv.line_ending), (true, b',', b'"', "\n"));
    assert_eq!((csv.null_value.as_str(), csv.bom), ("", false));
    assert_eq!((plan.files, plan.memory_limit, plan.error_if_exists), (Files::Single, 64 << 20, false));
    assert_eq!(plan.name_of_file(0), "table.csv");

    let plan = judge(json!({ "format": "parquet" })).unwrap();
    let Format::Parquet(parquet) = &plan.format else { panic!("{:?}", plan.format) };
    assert_eq!((parquet.row_group_size, parquet.level), (40_000_000, None));
    let narrow = judge(json!({ "format": "parquet", "memoryLimit": 32 << 20 })).unwrap();
    assert!(matches!(narrow.format, Format::Parquet(parquet) if parquet.row_group_size == 20 << 20));
}

#[test]
fn a_range_of_rows_ends_at_the_end_of_the_table() {
    let rows = |rows: Json| judge(json!({ "rows": rows })).unwrap().rows;
    assert_eq!(judge(json!({})).unwrap().rows, 0..u64::MAX);
    assert_eq!(rows(json!({})), 0..u64::MAX);
    assert_eq!(rows(json!({ "start": 7 })), 7..u64::MAX);
    assert_eq!(rows(json!({ "start": null, "end": 0 })), 0..0);
    assert_eq!(rows(json!({ "start": 7, "end": 7 })), 7..7);
    refused(json!({ "rows": { "start": 8, "end": 7 } }), Code::ConfigConflict, "rows.end");
    refused(json!({ "rows": { "start": -1 } }), Code::ConfigInvalidValue, "rows.start");
    refused(json!({ "rows": { "end": 1.5 } }), Code::ConfigInvalidValue, "rows.end");
    refused(json!({ "rows": { "from": 1 } }), Code::ConfigUnknownKey, "rows.from");
    refused(json!({ "rows": [0, 7] }), Code::ConfigInvalidValue, "rows");
}

#[test]
fn a_token_is_of_one_range_of_rows() {
    let of = |rows: Json| judge(json!({ "rows": rows })).unwrap().fingerprint;
    let token = json!({ "config": of(json!({ "start": 7 })), "files": [] });
    assert!(judge(json!({ "rows": { "start": 7 }, "resume": token })).is_ok());
    refused(json!({ "rows": { "start": 8 }, "resume": token }), Code::ConfigConflict, "resume");
    refused(json!({ "resume": token }), Code::ConfigConflict, "resume");
}

#[test]
fn null_stands_for_absent() {
    assert_eq!(judge(json!({ "compression": null, "csv": null })).unwrap(), judge(json!({})).unwrap());
}

#[test]
fn unknown_keys_are_errors_at_every_depth() {
    refused(json!({ "formt": "csv" }), Code::ConfigUnknownKey, "formt");
    refused(json!({ "csv": { "delimeter": ";" } }), Code::ConfigUnknownKey, "csv.delimeter");
    refused(
        json!({ "destination": { "type": "memory", "url": "https://canary" } }),
        Code::ConfigUnknownKey,
        "destination.url",
    );
    refused(
        json!({ "format": "parquet", "parquet": { "columns": { "a": { "codec": "zstd" } } } }),
        Code::ConfigUnknownKey,
        "parquet.columns.a.codec",
    );
}

#[test]
fn a_wrong_type_is_named_with_what_is_allowed() {
    let message = refused(json!({ "csv": { "header": "canary" } }), Code::ConfigInvalidValue, "csv.header");
    assert_eq!(message, "csv.header is a string; it must be a boolean");
    let message = refused(json!({ "format": "canary" }), Code::ConfigInvalidValue, "format");
    assert_eq!(
        message,
        "format is a string that is not allowed; it must be one of \"csv\", \"jsonl\", \"parquet\""
    );
    let message = refused(json!({ "concurrency": 0 }), Code::ConfigInvalidValue, "concurrency");
    assert_eq!(message, "concurrency is 0; it must be a whole number from 1 to 64");
    refused(json!({ "source": "<a function>" }), Code::SourceUnsupported, "source");
    refused(json!({ "source": { "kind": "other" } }), Code::SourceUnsupported, "source");
    refused(json!({ "source": null }), Code::ConfigMissingKey, "source");
    refused(json!({ "destination": "canary" }), Code::ConfigInvalidValue, "destination");
    refused(json!({ "destination": { "type": "presigned" } }), Code::ConfigMissingKey, "destination.sign");
    refused(
        json!({ "destination": { "type": "presigned", "sign": "canary" } }),
        Code::ConfigInvalidValue,
        "destination.sign",
    );
    refused(json!({ "csv": { "delimiter": "é" } }), Code::ConfigInvalidValue, "csv.delimiter");
    refused(json!({ "selectors": ["a", 1] }), Code::ConfigInvalidValue, "selectors[1]");
    refused(json!({ "selectors": ["a", "a"] }), Code::ConfigInvalidValue, "selectors[1]");
    refused(json!({ "selectors": [] }), Code::ConfigInvalidValue, "selectors");
    refused(json!({ "schema": { "a": "int65" } }), Code::ConfigInvalidValue, "schema.a");
    refused(json!({ "signal": {} }), Code::ConfigInvalidValue, "signal");
}

#[test]
fn contradictions_are_found() {
    let parquet = json!({ "format": "parquet", "compression": "gzip" });
    refused(parquet, Code::ConfigConflict, "compression");
    refused(json!({ "parquet": {} }), Code::ConfigConflict, "parquet");
    refused(json!({ "maxRowGroupsPerFile": 1 }), Code::ConfigConflict, "maxRowGroupsPerFile");
    refused(json!({ "mode": "single_file", "targetFileSizeBytes": 1 }), Code::ConfigConflict, "mode");
    refused(json!({ "mode": "multi_file" }), Code::ConfigConflict, "mode");
    refused(json!({ "csv": { "delimiter": "\"" } }), Code::ConfigConflict, "csv.delimiter");
    refused(json!({ "csv": { "nullValue": "a,b" } }), Code::ConfigConflict, "csv.nullValue");
    let snappy = json!({ "format": "parquet", "parquet": { "compressionLevel": 3 } });
    refused(snappy, Code::ConfigConflict, "parquet.compressionLevel");
    let large = json!({ "format": "parquet", "parquet": { "rowGroupSize": 60_000_000 } });
    refused(large, Code::ConfigConflict, "parquet.rowGroupSize");
}

#[test]
fn a_small_memory_limit_makes_the_default_row_groups_smaller() {
    let plan = judge(json!({ "format": "parquet", "memoryLimit": 32 << 20 })).unwrap();
    let Format::Parquet(parquet) = &plan.format else { panic!("{:?}", plan.format) };
    assert!(parquet.row_group_size < 40_000_000 && parquet.row_group_size > 10_000_000);
}

#[test]
fn files_are_named_after_what_is_known() {
    let name = |changes| judge(changes).unwrap().name_of_file(0);
    assert_eq!(name(json!({ "fileName": "flights" })), "flights.csv");
    assert_eq!(name(json!({ "fileName": "flights.csv" })), "flights.csv");
    assert_eq!(name(json!({ "fileName": "flights", "compression": "gzip" })), "flights.csv.gz");
    assert_eq!(name(json!({ "table": { "name": "Flüge 2013", "id": 7 } })), "Flüge 2013.csv");
    assert_eq!(name(json!({ "source": { "kind": "file", "size": 1, "name": "a.csv.gz" } })), "a.csv");
    let several = json!({ "destination": { "type": "memory" }, "fileName": "f", "targetFileSizeBytes": 1 });
    assert_eq!(judge(several).unwrap().name_of_file(12), "f/000012.csv");
    for bad in ["", ".", "..", "a/b", "a\\b", "a\u{0}b", &"x".repeat(201)] {
        refused(json!({ "fileName": bad }), Code::ConfigInvalidValue, "fileName");
    }
}

#[test]
fn what_is_wrong_with_a_bucket_is_found() {
    let with = |key: &str, value: Json| {
        let credentials = json!({ "accessKeyId": "canary", "secretAccessKey": "canary" });
        let mut destination = json!({
            "type": "s3", "endpoint": "https://s3.example", "bucket": "b.c-d_1", "region": "auto",
            "credentials": credentials, "prefix": "a/b-",
        });
        destination[key] = value;
        json!({ "destination": destination })
    };
    let plan = judge(with("partSize", json!(5 << 20))).unwrap();
    assert_eq!(
        plan.destination,
        Destination::S3 { part_size: PartSize::equal(5 << 20), checksum: Checksum::Md5 }
    );
    assert!(judge(with("credentials", json!("<a function>"))).is_ok());
    assert!(judge(with("prefix", json!("..a/"))).is_ok());
    let invalid = Code::ConfigInvalidValue;
    for (key, value) in [
        ("endpoint", "s3.example"),
        ("endpoint", "ftp://canary"),
        ("endpoint", "https://"),
        ("endpoint", "https://user:canary@host"),
        ("endpoint", "https://host?canary"),
        ("endpoint", "https://host#canary"),
        ("bucket", ""),
        ("bucket", "canary/b"),
        ("bucket", ".."),
        ("region", ""),
        ("prefix", "/canary"),
        ("prefix", "canary//"),
        ("prefix", "canary/../"),
        ("prefix", "canary\\"),
        ("prefix", "canary\n"),
        ("credentials", "canary"),
    ] {
        refused(with(key, json!(value)), invalid, &format!("destination.{key}"));
    }
    for key in ["endpoint", "bucket", "region", "credentials"] {
        refused(with(key, json!(null)), Code::ConfigMissingKey, &format!("destination.{key}"));
    }
    let plain = with("endpoint", json!("http://127.0.0.1:9000"));
    refused(plain.clone(), Code::ConfigConflict, "destination.endpoint");
    let mut allowed = plain;
    allowed["destination"]["allowHttp"] = json!(true);
    assert!(judge(allowed).is_ok());
    refused(
        with("credentials", json!({ "accessKeyId": "canary", "secretAccessKey": "" })),
        invalid,
        "destination.credentials.secretAccessKey",
    );
    refused(
        with("credentials", json!({ "accessKeyId": "canary" })),
        Code::ConfigMissingKey,
        "destination.credentials.secretAccessKey",
    );
}

#[test]
fn a_companion_server_is_where_its_endpoint_is() {
    let with = |changes: Json| {
        let mut destination = json!({ "type": "companion", "endpoint": "http://127.0.0.1:3020/companion" });
        for (key, value) in changes.as_object().unwrap() {
            destination[key] = value.clone();
        }
        json!({ "destination": destination })
    };
    let Destination::Companion { part_size } = judge(with(json!({}))).unwrap().destination else { panic!() };
    assert_eq!(part_size.of(1), 8 << 20);
    assert!(judge(with(json!({ "headers": "<a function>" }))).is_ok());
    assert!(judge(with(json!({ "headers": { "authorization": "canary" } }))).is_ok());
    let invalid = Code::ConfigInvalidValue;
    refused(with(json!({ "headers": "canary" })), invalid, "destination.headers");
    refused(with(json!({ "headers": { "a": 1 } })), invalid, "destination.headers.a");
    refused(with(json!({ "endpoint": null })), Code::ConfigMissingKey, "destination.endpoint");
    let mut conditional = with(json!({}));
    conditional["exportMode"] = json!("ErrorIfExists");
    refused(conditional, Code::ConfigConflict, "exportMode");
}

#[test]
fn a_bound_bucket_is_for_one_thread() {
    let with = |key: &str, value: Json| {
        let mut destination = json!({ "type": "r2", "bucket": "<an R2 bucket>" });
        destination[key] = value;
        json!({ "destination": destination, "worker": false })
    };
    assert_eq!(
        judge(with("prefix", json!("a/"))).unwrap().destination,
        Destination::R2 { part_size: PartSize::equal(8 << 20) }
    );
    refused(with("bucket", json!("canary")), Code::ConfigInvalidValue, "destination.bucket");
    refused(with("bucket", json!("<an instance of Date>")), Code::ConfigInvalidValue, "destination.bucket");
    refused(with("bucket", json!(null)), Code::ConfigMissingKey, "destination.bucket");
    refused(with("prefix", json!("a/./")), Code::ConfigInvalidValue, "destination.prefix");
    let mut in_worker = with("prefix", json!(""));
    in_worker["worker"] = json!(true);
    refused(in_worker, Code::ConfigConflict, "worker");
}

#[test]
fn part_sizes_follow_s3_and_the_memory() {
    let plan = |part: Json| {
        judge(json!({ "destination": { "type": "presigned", "sign": "<a function>", "partSize": part } }))
    };
    assert_eq!(
        plan(json!(5 << 20)).unwrap().destination,
        Destination::Presigned { part_size: PartSize::equal(5 << 20), checksum: Checksum::Md5 }
    );
    let default = plan(json!(null)).unwrap().destination.part_size();
    let sizes = [1, 8_000, 8_001, 8_500, 8_501, 10_000].map(|number| default.of(number) >> 20);
    assert_eq!(sizes, [8, 8, 16, 16, 16, 16], "up to a quarter of memoryLimit");
    for bad in [json!(1), json!(17 << 20), json!(5.5e6 + 0.5)] {
        assert_eq!(plan(bad).unwrap_err().place.field.as_deref(), Some("destination.partSize"));
    }
}

#[test]
fn a_checksum_goes_along_by_name() {
    let presigned = |checksum: Json| json!({ "destination": { "type": "presigned", "sign": "<a function>", "checksum": checksum } });
    let of = |checksum: Json| judge(presigned(checksum)).unwrap();
    for (name, checksum) in
        [(json!(null), Checksum::Md5), (json!("md5"), Checksum::Md5), (json!("crc32c"), Checksum::Crc32c)]
    {
        assert_eq!(of(name.clone()).sent_checksum(), Some(checksum));
        let in_page = of(name).in_browser().sent_checksum();
        assert_eq!(in_page, Some(checksum).filter(|checksum| *checksum == Checksum::Crc32c));
    }
    assert_ne!(of(json!("crc32c")).fingerprint, of(json!("md5")).fingerprint);
    refused(presigned(json!("sha256")), Code::ConfigInvalidValue, "destination.checksum");
    refused(presigned(json!(7)), Code::ConfigInvalidValue, "destination.checksum");
    let azure =
        json!({ "destination": { "type": "azure", "url": { "of": "container" }, "checksum": "crc32c" } });
    refused(azure, Code::ConfigUnknownKey, "destination.checksum");
}

#[test]
fn a_token_has_parts_in_order() {
    let destination = json!({ "type": "presigned", "sign": "<a function>" });
    let plan = judge(json!({ "destination": destination.clone() })).unwrap();
    let with = |numbers: [u32; 2]| {
        let parts = numbers.map(|number| json!({ "number": number, "md5": "00" }));
        let file = json!({ "name": "table.csv", "uploadId": "u", "parts": parts });
        let token = json!({ "config": plan.fingerprint, "files": [file] });
        json!({ "destination": destination.clone(), "resume": token })
    };
    judge(with([1, 3])).unwrap();
    refused(with([3, 1]), Code::ConfigInvalidValue, "resume.files[0].parts");
}

#[test]
fn azure_is_told_what_its_url_is_of() {
    let azure = |url: Json| json!({ "destination": { "type": "azure", "url": url } });
    for (said, url) in [
        (json!({ "of": "container" }), SasUrl::Container),
        (json!({ "of": "blob" }), SasUrl::Blob),
        (json!("<a function>"), SasUrl::Asked),
    ] {
        let plan = judge(azure(said)).unwrap();
        assert!(matches!(plan.destination, Destination::Azure { url: said, .. } if said == url));
        let sizes = plan.destination.part_size();
        let sizes = [1, 40_000, 40_001, 50_000].map(|number| sizes.of(number) >> 20);
        assert_eq!(sizes, [8, 8, 16, 16], "up to a quarter of memoryLimit");
    }
    for wrong in [json!("canary"), json!(7), json!("<an object>")] {
        refused(azure(wrong), Code::ConfigInvalidValue, "destination.url");
    }
    refused(json!({ "destination": { "type": "azure" } }), Code::ConfigMissingKey, "destination.url");
}

#[test]
fn a_blob_takes_one_file() {
    let several = |of: &str| json!({ "destination": { "type": "azure", "url": { "of": of } }, "targetFileSizeBytes": 1 });
    judge(several("container")).unwrap();
    refused(several("blob"), Code::ConfigConflict, "mode");
}

#[test]
fn chunks_are_multiples_of_a_quarter_mebibyte() {
    let resumable = |changes: Json| {
        let mut destination = json!({ "type": "resumable", "start": "<a function>" });
        for (key, change) in changes.as_object().unwrap() {
            destination[key] = change.clone();
        }
        json!({ "destination": destination })
    };
    for (changes, chunk_size) in [(json!({}), 8 << 20), (json!({ "chunkSize": 786_432 }), 786_432)] {
        let plan = judge(resumable(changes)).unwrap();
        assert_eq!(plan.destination, Destination::Resumable { chunk_size });
    }
    for wrong in [json!(0), json!(262_145), json!(300_000), json!(64 << 20), json!("canary")] {
        let config = resumable(json!({ "chunkSize": wrong }));
        refused(config, Code::ConfigInvalidValue, "destination.chunkSize");
    }
    refused(resumable(json!({ "start": null })), Code::ConfigMissingKey, "destination.start");
}
