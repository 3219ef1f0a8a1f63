//! What stands for `binary.rs` in a build without it: such files are refused once their first bytes tell.

use super::State;
use crate::error::{Code, Error, Result};
use crate::plan::ExportPlan;
use crate::table::sniff::SourceFormat;

pub fn reads_whole(_: &[u8], _: bool) -> Option<bool> {
    Some(false)
}

pub fn open(format: SourceFormat, _: &ExportPlan, _: Option<u64>, _: bool) -> Result<State> {
    let what = if format == SourceFormat::Parquet { "a parquet source" } else { "an Arrow file as source" };
    Err(Error::not_in_this_build(Code::SourceUnsupported, what))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::error::Code;
    use crate::plan::{ExportPlan, Value};
    use crate::table::{Input, file};

    fn judge(format: &str) -> crate::Result<ExportPlan> {
        let text = |text: &str| Value::Text(text.to_owned());
        let map = |entries: &[(&str, Value)]| {
            Value::Map(entries.iter().map(|(key, value)| (String::from(*key), value.clone())).collect())
        };
        ExportPlan::judge(&map(&[
            ("source", map(&[("kind", text("bytes"))])),
            ("format", text(format)),
            ("destination", map(&[("type", text("memory"))])),
        ]))
    }

    #[test]
    fn parquet_is_refused_by_the_config() {
        assert!(judge("csv").is_ok() && judge("jsonl").is_ok());
        let error = judge("parquet").unwrap_err();
        assert_eq!((error.code, error.place.field.as_deref()), (Code::FormatUnsupported, Some("format")));
        assert!(error.message.contains("full build"));
    }

    #[test]
    fn binary_files_are_refused_by_their_magic() {
        for head in [b"PAR1....", b"ARROW1\0\0", b"\xff\xff\xff\xff\x10\0\0\0"] {
            assert_eq!(file::reads_whole(head, false), Some(false));
            let mut source = file::open(&judge("csv").unwrap());
            source.push(Input::Bytes(Bytes::from_static(head))).unwrap();
            source.push(Input::End).unwrap();
            let error = source.poll().unwrap_err();
            assert_eq!(error.code, Code::SourceUnsupported);
            assert!(error.message.contains("full build"), "{}", error.message);
        }
    }
}
