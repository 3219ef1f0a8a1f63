//! What can go wrong, under names that do not change.

use std::borrow::Cow;
use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One kind of failure. Its text ([`Code::as_str`]) is part of the public contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A key that the config does not have.
    ConfigUnknownKey,
    /// A key that cannot be left out.
    ConfigMissingKey,
    /// A value of the wrong type, or outside what is allowed.
    ConfigInvalidValue,
    /// Two keys, each fine alone, that contradict each other.
    ConfigConflict,
    /// A selector or a `schema` key that names no column of the source.
    ConfigUnknownColumn,
    /// A column whose values cannot become the type that `schema` asks for without loss.
    ConfigCannotConvert,
    /// A request asks for what its API has, and nothing here.
    ApiUnimplemented,
    /// A request to a server without credentials that are known to it.
    ApiUnauthenticated,
    /// A request to a server for a job or a file that it does not have, or not for whoever asks.
    ApiNotFound,
    /// A request to a server for what a job's state does not allow, such as a file of one that is running.
    ApiWrongState,
    /// A request to a server that has enough to do.
    ApiBusy,
    /// A request to a server for a table that it does not have, or not for whoever asks.
    SourceNotFound,
    /// The source is none of the kinds that can be read.
    SourceUnsupported,
    /// Reading the source threw; the caller's own error is the cause.
    SourceReadFailed,
    /// A value does not fit the type of its column.
    SourceTypeChanged,
    /// A value that no column type can hold: a function, a symbol, a cycle, an invalid date.
    SourceUnsupportedValue,
    /// A column that the first rows did not have.
    SourceNewColumn,
    /// Two columns of one name.
    SourceDuplicateColumn,
    /// A row with more or fewer cells than there are columns.
    SourceRaggedRow,
    /// A row that is not a row: null, a number, an array among objects.
    SourceNotARow,
    /// Text that is not well-formed Unicode.
    SourceInvalidText,
    /// The bytes of a source file break the rules of its format.
    SourceCorrupt,
    /// The source ended before its format says it may.
    SourceTruncated,
    /// `resume`, and the table is not what it was.
    SourceChanged,
    /// A value, type or name that the chosen format cannot hold.
    FormatUnsupported,
    /// `csv.formulas: "error"` met a cell that a spreadsheet would run.
    FormatFormula,
    /// Something larger than `memoryLimit`, the format or the store's protocol allows.
    LimitExceeded,
    /// A callback that is asked for a URL threw. Retried, since it mostly is a request itself.
    SignFailed,
    /// A callback answered with something that is not a URL.
    SignInvalidAnswer,
    /// The URL of a request had expired when the store saw it. Retried, since another is signed for each try.
    SignExpired,
    /// No answer came: the connection failed. Retried, since the network may recover.
    NetworkFailed,
    /// The store is busy or broken (408, 429, 5xx). Retried, since that passes.
    StoreUnavailable,
    /// The store said no. Not retried: the same request would be refused again.
    StoreRefused,
    /// `exportMode: "ErrorIfExists"`, and the object exists.
    StoreExists,
    /// The store no longer knows an upload session, and what it had of the file is no longer held.
    StoreSessionLost,
    /// The store's checksum differs from ours. Retried, where what is wrong can be replaced.
    StoreChecksumMismatch,
    /// The store's answer lacks what its protocol promises, such as an `ETag`.
    StoreInvalidAnswer,
    /// A caller's stream, or the browser's download, failed.
    SinkFailed,
    /// The job was cancelled.
    Cancelled,
    /// A defect of ours.
    Internal,
}

impl Code {
    pub const ALL: &[Code] = &[
        Code::ConfigUnknownKey,
        Code::ConfigMissingKey,
        Code::ConfigInvalidValue,
        Code::ConfigConflict,
        Code::ConfigUnknownColumn,
        Code::ConfigCannotConvert,
        Code::ApiUnimplemented,
        Code::ApiUnauthenticated,
        Code::ApiNotFound,
        Code::ApiWrongState,
        Code::ApiBusy,
        Code::SourceNotFound,
        Code::SourceUnsupported,
        Code::SourceReadFailed,
        Code::SourceTypeChanged,
        Code::SourceUnsupportedValue,
        Code::SourceNewColumn,
        Code::SourceDuplicateColumn,
        Code::SourceRaggedRow,
        Code::SourceNotARow,
        Code::SourceInvalidText,
        Code::SourceCorrupt,
        Code::SourceTruncated,
        Code::SourceChanged,
        Code::FormatUnsupported,
        Code::FormatFormula,
        Code::LimitExceeded,
        Code::SignFailed,
        Code::SignInvalidAnswer,
        Code::SignExpired,
        Code::NetworkFailed,
        Code::StoreUnavailable,
        Code::StoreRefused,
        Code::StoreExists,
        Code::StoreSessionLost,
        Code::StoreChecksumMismatch,
        Code::StoreInvalidAnswer,
        Code::SinkFailed,
        Code::Cancelled,
        Code::Internal,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Code::ConfigUnknownKey => "config/unknown-key",
            Code::ConfigMissingKey => "config/missing-key",
            Code::ConfigInvalidValue => "config/invalid-value",
            Code::ConfigConflict => "config/conflict",
            Code::ConfigUnknownColumn => "config/unknown-column",
            Code::ConfigCannotConvert => "config/cannot-convert",
            Code::ApiUnimplemented => "api/unimplemented",
            Code::ApiUnauthenticated => "api/unauthenticated",
            Code::ApiNotFound => "api/not-found",
            Code::ApiWrongState => "api/wrong-state",
            Code::ApiBusy => "api/busy",
            Code::SourceNotFound => "source/not-found",
            Code::SourceUnsupported => "source/unsupported",
            Code::SourceReadFailed => "source/read-failed",
            Code::SourceTypeChanged => "source/type-changed",
            Code::SourceUnsupportedValue => "source/unsupported-value",
            Code::SourceNewColumn => "source/new-column",
            Code::SourceDuplicateColumn => "source/duplicate-column",
            Code::SourceRaggedRow => "source/ragged-row",
            Code::SourceNotARow => "source/not-a-row",
            Code::SourceInvalidText => "source/invalid-text",
            Code::SourceCorrupt => "source/corrupt",
            Code::SourceTruncated => "source/truncated",
            Code::SourceChanged => "source/changed",
            Code::FormatUnsupported => "format/unsupported",
            Code::FormatFormula => "format/formula",
            Code::LimitExceeded => "limit/exceeded",
            Code::SignFailed => "sign/failed",
            Code::SignInvalidAnswer => "sign/invalid-answer",
            Code::SignExpired => "sign/expired",
            Code::NetworkFailed => "network/failed",
            Code::StoreUnavailable => "store/unavailable",
            Code::StoreRefused => "store/refused",
            Code::StoreExists => "store/exists",
            Code::StoreSessionLost => "store/session-lost",
            Code::StoreChecksumMismatch => "store/checksum-mismatch",
            Code::StoreInvalidAnswer => "store/invalid-answer",
            Code::SinkFailed => "sink/failed",
            Code::Cancelled => "cancelled",
            Code::Internal => "internal",
        }
    }

    /// The code with this text, for failures that are found on the JavaScript side.
    pub fn from_text(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// Whether another try at the same request may succeed.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Code::SignFailed
                | Code::SignExpired
                | Code::NetworkFailed
                | Code::StoreUnavailable
                | Code::StoreChecksumMismatch
        )
    }
}

/// Where it went wrong. Rows and parts: rows count from 0 over the whole table, parts from 1 as S3 counts them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// A path into the config, such as `csv.delimiter`.
    pub field: Option<String>,
    /// The name of an output file.
    pub file: Option<String>,
    pub part: Option<u32>,
    pub row: Option<u64>,
    /// A column's name; a nested one is a path, such as `address.city` or `tags[]`.
    pub column: Option<String>,
}

/// A failure: its code, a sentence for a person, and its place. The sentence never holds a URL, a credential or
/// a cell's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub code: Code,
    pub message: String,
    pub place: Box<Place>,
}

/// Errors are made in many places and seldom: what makes them is not copied into each.
impl Error {
    pub fn new<'a>(code: Code, message: impl Into<Cow<'a, str>>) -> Self {
        Self::of(code, message.into())
    }

    #[cold]
    #[inline(never)]
    fn of(code: Code, message: Cow<str>) -> Self {
        Error { code, message: message.into_owned(), place: Box::default() }
    }

    /// `what` takes the build with the feature `binary`.
    pub fn not_in_this_build(code: Code, what: &str) -> Self {
        let message = format!("{what} takes the full build of tableport; this one is of csv and jsonl alone");
        Error::new(code, message)
    }

    pub fn at_field<'a>(self, field: impl Into<Cow<'a, str>>) -> Self {
        self.named(field.into(), |place| &mut place.field)
    }

    pub fn in_file<'a>(self, file: impl Into<Cow<'a, str>>) -> Self {
        self.named(file.into(), |place| &mut place.file)
    }

    pub fn in_part(mut self, part: u32) -> Self {
        self.place.part = Some(part);
        self
    }

    pub fn at_row(mut self, row: u64) -> Self {
        self.place.row = Some(row);
        self
    }

    pub fn in_column<'a>(self, column: impl Into<Cow<'a, str>>) -> Self {
        self.named(column.into(), |place| &mut place.column)
    }

    #[cold]
    #[inline(never)]
    fn named(mut self, name: Cow<str>, of: fn(&mut Place) -> &mut Option<String>) -> Self {
        *of(&mut self.place) = Some(name.into_owned());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Error {}
