//! A model of an S3 bucket: what a store keeps, without a socket.

use std::collections::{BTreeMap, BTreeSet};

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
    /// How often what arrived had another checksum than went along.
    pub damaged: u32,
    /// Uploads whose parts have a CRC32C each.
    checksummed: BTreeSet<String>,
    created: u32,
}

impl Serve for Store {
    fn discards(&self) -> bool {
        self.discards
    }

    fn serve(&mut self, request: &SignRequest, headers: &Headers, body: Vec<u8>) -> Answer {
        let unsigned = headers.iter().find(|(name, value)| {
            name.starts_with("x-amz-") && request.headers.get(*name).is_none_or(|signed| signed != *value)
        });
        assert_eq!(unsigned, None, "a header that the signature does not cover");
        let (crc, md5) = (headers.get("x-amz-checksum-crc32c"), headers.get("content-md5"));
        if crc.is_some_and(|crc| *crc != BASE64.encode(crc32c(&body).to_be_bytes()))
            || md5.is_some_and(|md5| *md5 != BASE64.encode(Md5::digest(&body)))
        {
            self.damaged += 1;
            return answer(400, "<Error><Code>BadDigest</Code></Error>");
        }
        let name = request.file_name.clone();
        let upload_id = request.upload_id.clone().unwrap_or_default();
        if request.operation == "part" {
            assert_eq!(crc.is_some(), self.checksummed.contains(&upload_id), "as the upload was created");
        }
        let said = crc.map(|crc| ("x-amz-checksum-crc32c".to_owned(), crc.clone()));
        match request.operation {
            "put" => {
                self.etags.insert(name.clone(), md5_of(&body));
                let etag = etag(&body);
                self.objects.insert(name, body);
                saying(etag, said)
            }
            "head" => {
                self.asked += 1;
                self.etags.get(&name).map_or(answer(404, ""), |etag| with_etag(etag))
            }
            "create" => {
                self.created += 1;
                let id = format!("upload-{}", self.created);
                self.uploads.insert(id.clone(), BTreeMap::new());
                if request.headers.get("x-amz-checksum-algorithm").is_some_and(|name| name == "CRC32C") {
                    self.checksummed.insert(id.clone());
                }
                answer(200, &format!("<R><UploadId>{id}</UploadId></R>"))
            }
            "part" => match self.uploads.get_mut(&upload_id) {
                None => no_such_upload(),
                Some(parts) => {
                    let etag = etag(&body);
                    self.sent_twice += u32::from(parts.get(&request.part_number.unwrap()) == Some(&body));
                    let bytes = if self.discards { Vec::new() } else { body };
                    parts.insert(request.part_number.unwrap(), bytes);
                    saying(etag, said)
                }
            },
            "complete" => match self.uploads.remove(&upload_id) {
                None => no_such_upload(),
                Some(mut parts) => {
                    let body = String::from_utf8(body).unwrap();
                    let listed: Vec<u32> = body.split("<PartNumber>").skip(1).map(number).collect();
                    assert!(listed.iter().all(|number| parts.contains_key(number)), "{body}");
                    parts.retain(|number, _| listed.contains(number));
                    let listed: Vec<_> = body.split("<ChecksumCRC32C>").skip(1).map(text).collect();
                    let is_checksummed = self.checksummed.contains(&upload_id);
                    let sums =
                        parts.values().filter(|_| is_checksummed).map(|part| crc32c(part).to_be_bytes());
                    let sums: Vec<_> = sums.collect();
                    let wanted: Vec<_> = sums.iter().map(|sum| BASE64.encode(sum)).collect();
                    assert_eq!(listed, wanted, "the sum of each part");
                    let whole = BASE64.encode(crc32c(&sums.concat()).to_be_bytes());
                    let whole = format!("<ChecksumCRC32C>{whole}-{}</ChecksumCRC32C>", sums.len());
                    let whole = if is_checksummed { whole } else { String::new() };
                    let etag = composite(parts.values());
                    self.etags.insert(name.clone(), etag);
                    self.objects.insert(name, parts.into_values().flatten().collect());
                    answer(
                        200,
                        &format!(
                            "<CompleteMultipartUploadResult><ETag>\"opaque\"</ETag>{whole}\
                             </CompleteMultipartUploadResult>"
                        ),
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

fn number(rest: &str) -> u32 {
    text(rest).parse().unwrap()
}

fn text(rest: &str) -> &str {
    rest.split('<').next().unwrap()
}

fn saying(mut answer: Answer, header: Option<(String, String)>) -> Answer {
    answer.headers.extend(header);
    answer
}

/// Bit by bit, as its definition has it.
pub fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| (crc >> 1) ^ (0x82f6_3b78 * (crc & 1));
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
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
