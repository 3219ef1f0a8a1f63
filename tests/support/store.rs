//! A model of an S3 bucket: what a store keeps, without a socket.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use tableport::job::SignRequest;
use tableport::upload::Answer;

use crate::support::world::{Headers, Serve, answer};

#[derive(Default)]
pub struct Store {
    pub objects: BTreeMap<String, Vec<u8>>,
    /// Of each object.
    pub etags: BTreeMap<String, String>,
    pub uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    /// How often a part was sent whose bytes it had.
    pub sent_twice: u32,
    /// Whether the bytes of parts are forgotten.
    pub discards: bool,
    /// How often it was asked what it has.
    pub asked: u32,
    created: u32,
}

impl Serve for Store {
    fn discards(&self) -> bool {
        self.discards
    }

    fn serve(&mut self, request: &SignRequest, headers: &Headers, body: Vec<u8>) -> Answer {
        if headers.get("content-md5").is_some_and(|md5| *md5 != BASE64.encode(Md5::digest(&body))) {
            return answer(400, "<Error><Code>BadDigest</Code></Error>");
        }
        let name = request.file_name.clone();
        let upload_id = request.upload_id.clone().unwrap_or_default();
        match request.operation {
            "put" => {
                self.etags.insert(name.clone(), md5_of(&body));
                let etag = etag(&body);
                self.objects.insert(name, body);
                etag
            }
            "head" => {
                self.asked += 1;
                self.etags.get(&name).map_or(answer(404, ""), |etag| with_etag(etag))
            }
            "create" => {
                self.created += 1;
                let id = format!("upload-{}", self.created);
                self.uploads.insert(id.clone(), BTreeMap::new());
                answer(200, &format!("<R><UploadId>{id}</UploadId></R>"))
            }
            "part" => match self.uploads.get_mut(&upload_id) {
                None => no_such_upload(),
                Some(parts) => {
                    let etag = etag(&body);
                    self.sent_twice += u32::from(parts.get(&request.part_number.unwrap()) == Some(&body));
                    let bytes = if self.discards { Vec::new() } else { body };
                    parts.insert(request.part_number.unwrap(), bytes);
                    etag
                }
            },
            "complete" => match self.uploads.remove(&upload_id) {
                None => no_such_upload(),
                Some(mut parts) => {
                    let body = String::from_utf8(body).unwrap();
                    let listed: Vec<u32> = body.split("<PartNumber>").skip(1).map(number).collect();
                    assert!(listed.iter().all(|number| parts.contains_key(number)), "{body}");
                    parts.retain(|number, _| listed.contains(number));
                    let etag = composite(parts.values());
                    self.etags.insert(name.clone(), etag);
                    self.objects.insert(name, parts.into_values().flatten().collect());
                    answer(
                        200,
                        "<CompleteMultipartUploadResult><ETag>\"opaque\"</ETag></CompleteMultipartUploadResult>",
                    )
                }
            },
            "list" => self
                .uploads
                .get(&upload_id)
                .map_or_else(no_such_upload, |parts| list(parts, request.part_number)),
            "delete" => {
                self.etags.remove(&name);
                let is_there = self.objects.remove(&name).is_some();
                answer(if is_there { 204 } else { 404 }, "")
            }
            "abort" => match self.uploads.remove(&upload_id) {
                None => no_such_upload(),
                Some(_) => answer(204, ""),
            },
            other => panic!("no such operation: {other}"),
        }
    }
}

/// As S3 lists parts after a number, three on a page.
fn list(parts: &BTreeMap<u32, Vec<u8>>, after: Option<u32>) -> Answer {
    const PAGE: usize = 3;
    let rest: Vec<_> = parts.range(after.unwrap_or(0) + 1..).collect();
    let mut body = String::from("<ListPartsResult>");
    for (number, bytes) in rest.iter().take(PAGE) {
        let (etag, size) = (md5_of(bytes), bytes.len());
        body += &format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size></Part>"
        );
    }
    if let Some((last, _)) = rest.get(PAGE - 1).filter(|_| rest.len() > PAGE) {
        body +=
            &format!("<NextPartNumberMarker>{last}</NextPartNumberMarker><IsTruncated>true</IsTruncated>");
    }
    answer(200, &(body + "</ListPartsResult>"))
}

fn number(text: &str) -> u32 {
    text.split('<').next().unwrap().parse().unwrap()
}

fn no_such_upload() -> Answer {
    answer(404, "<Error><Code>NoSuchUpload</Code></Error>")
}

fn etag(body: &[u8]) -> Answer {
    with_etag(&md5_of(body))
}

fn with_etag(etag: &str) -> Answer {
    Answer { headers: vec![("etag".into(), format!("\"{etag}\""))], ..Answer::ok() }
}

fn md5_of(body: &[u8]) -> String {
    hex(&Md5::digest(body))
}

/// As S3 makes it of parts.
fn composite<'a>(parts: impl ExactSizeIterator<Item = &'a Vec<u8>>) -> String {
    let count = parts.len();
    let sums: Vec<u8> = parts.flat_map(Md5::digest).collect();
    format!("{}-{count}", md5_of(&sums))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
