//! A model of Azure's block blobs: blocks that are no blob yet, and the lists that make blobs of them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use tableport::job::SignRequest;
use tableport::upload::Answer;

use crate::support::world::{Headers, Serve, answer};

#[derive(Default)]
pub struct Azure {
    pub blobs: BTreeMap<String, Blob>,
    /// By blob, those that are in no list: by id.
    uncommitted: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    /// How often it was asked what it has.
    pub asked: u32,
    /// How often a block was sent that it had.
    pub sent_twice: u32,
    /// How often a blob was made.
    pub made: u32,
}

#[derive(Default)]
pub struct Blob {
    blocks: Vec<(String, Vec<u8>)>,
    headers: Vec<(String, String)>,
}

impl Blob {
    pub fn bytes(&self) -> Vec<u8> {
        self.blocks.iter().flat_map(|(_, bytes)| bytes.clone()).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Serve for Azure {
    fn serve(&mut self, request: &SignRequest, headers: &Headers, body: Vec<u8>) -> Answer {
        assert!(headers.contains_key("x-ms-version"));
        if headers.get("content-md5").is_some_and(|md5| *md5 != BASE64.encode(Md5::digest(&body))) {
            return refused(400, "Md5Mismatch");
        }
        let name = &request.file_name;
        match (request.operation, request.query.get("comp").map(String::as_str)) {
            ("put", None) => {
                assert_eq!(headers["x-ms-blob-type"], "BlockBlob");
                self.make(name, headers, vec![(String::new(), body)])
            }
            ("part", Some("block")) => {
                let id = request.query["blockid"].clone();
                assert_eq!(id.len(), 24, "ids are of one length");
                let blocks = self.uncommitted.entry(name.clone()).or_default();
                self.sent_twice += u32::from(blocks.insert(id, body).is_some());
                answer(201, "")
            }
            ("complete", Some("blocklist")) => match self.listed(name, &String::from_utf8(body).unwrap()) {
                Some(blocks) => self.make(name, headers, blocks),
                None => refused(400, "InvalidBlockList"),
            },
            ("list", Some("blocklist")) => {
                let blocks = self.uncommitted.get(name).into_iter().flatten();
                let listed: String = blocks
                    .map(|(id, bytes)| {
                        format!("<Block><Name>{id}</Name><Size>{}</Size></Block>", bytes.len())
                    })
                    .collect();
                answer(
                    200,
                    &format!("<BlockList><UncommittedBlocks>{listed}</UncommittedBlocks></BlockList>"),
                )
            }
            ("head", None) => {
                self.asked += 1;
                let found = self.blobs.get(name);
                found.map_or(answer(404, ""), |blob| Answer { headers: blob.headers.clone(), ..Answer::ok() })
            }
            ("delete", None) => answer(if self.blobs.remove(name).is_some() { 202 } else { 404 }, ""),
            other => panic!("no such operation: {other:?}"),
        }
    }
}

impl Azure {
    /// The blocks of a list: the latest of each id.
    fn listed(&self, name: &str, list: &str) -> Option<Vec<(String, Vec<u8>)>> {
        let committed = self.blobs.get(name).map_or(&[][..], |blob| &blob.blocks);
        let uncommitted = self.uncommitted.get(name);
        let latest = |id: &str| {
            let uncommitted = uncommitted.and_then(|blocks| blocks.get(id));
            let committed = || committed.iter().find(|(known, _)| known == id).map(|(_, bytes)| bytes);
            Some((id.to_owned(), uncommitted.or_else(committed)?.clone()))
        };
        list.split("<Latest>").skip(1).map(|text| latest(text.split_once('<')?.0)).collect()
    }

    fn make(&mut self, name: &str, headers: &Headers, blocks: Vec<(String, Vec<u8>)>) -> Answer {
        if headers.contains_key("if-none-match") && self.blobs.contains_key(name) {
            return refused(409, "BlobAlreadyExists");
        }
        self.uncommitted.remove(name);
        self.made += 1;
        let etag = ("etag".to_owned(), format!("\"0x8D{:X}\"", self.made));
        let sent = headers.iter().map(|(key, value)| (key.to_string(), value.clone()));
        let headers = sent.chain([etag.clone()]).collect();
        self.blobs.insert(name.to_owned(), Blob { blocks, headers });
        Answer { headers: vec![etag], ..answer(201, "") }
    }

    /// Another makes a blob of the name.
    pub fn replace(&mut self, name: &str) {
        self.make(name, &Headers::new(), Vec::new());
    }
}

fn refused(status: u16, code: &str) -> Answer {
    answer(status, &format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>"))
}
