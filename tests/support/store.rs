//! A model of an S3 bucket: what a store keeps, without a socket.

use std::collections::BTreeMap;

use tableport::upload::Answer;

#[derive(Default)]
pub struct Store {
    pub objects: BTreeMap<String, Vec<u8>>,
    pub uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    /// Whether the bytes of parts are forgotten.
    pub discards: bool,
    created: u32,
}

/// A request as it reaches the store.
#[derive(Debug, Clone)]
pub struct StoreRequest {
    pub operation: &'static str,
    pub name: String,
    pub upload_id: Option<String>,
    pub part_number: Option<u32>,
    pub body: Vec<u8>,
}

pub fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: body.to_owned() }
}

impl Store {
    pub fn serve(&mut self, request: StoreRequest) -> Answer {
        let upload_id = request.upload_id.clone().unwrap_or_default();
        match request.operation {
            "put" => {
                let etag = etag(&request.body);
                self.objects.insert(request.name, request.body);
                etag
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
                    let etag = etag(&request.body);
                    let bytes = if self.discards { Vec::new() } else { request.body };
                    parts.insert(request.part_number.unwrap(), bytes);
                    etag
                }
            },
            "complete" => match self.uploads.remove(&upload_id) {
                None => no_such_upload(),
                Some(parts) => {
                    let listed = String::from_utf8(request.body).unwrap().matches("<PartNumber>").count();
                    assert_eq!(listed, parts.len(), "a Complete lists every part");
                    self.objects.insert(request.name, parts.into_values().flatten().collect());
                    answer(
                        200,
                        "<CompleteMultipartUploadResult><ETag>\"opaque\"</ETag></CompleteMultipartUploadResult>",
                    )
                }
            },
            "abort" => match self.uploads.remove(&upload_id) {
                None => no_such_upload(),
                Some(_) => answer(204, ""),
            },
            other => panic!("no such operation: {other}"),
        }
    }
}

fn no_such_upload() -> Answer {
    answer(404, "<Error><Code>NoSuchUpload</Code></Error>")
}

fn etag(body: &[u8]) -> Answer {
    use md5::{Digest, Md5};
    let hex: String = Md5::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    Answer { status: 200, headers: vec![("etag".into(), format!("\"{hex}\""))], body: String::new() }
}
