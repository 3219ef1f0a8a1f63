//! Kinds of failures, as far as the APIs tell them apart.

use crate::error::Code;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request cannot be meant.
    Invalid,
    Unimplemented,
    Unauthenticated,
    /// No such job, or file of one.
    NotFound,
    /// No such table.
    NoTable,
    /// Not while the job is as it is.
    WrongState,
    Exists,
    /// The table is not what the format, or its own first rows, allow.
    Data,
    Limit,
    /// The store said no.
    Refused,
    /// What passes, if the request is made again.
    Unavailable,
    Cancelled,
    Internal,
}

impl Fault {
    pub fn of(code: Code) -> Fault {
        match code {
            Code::ConfigUnknownKey
            | Code::ConfigMissingKey
            | Code::ConfigInvalidValue
            | Code::ConfigConflict
            | Code::ConfigUnknownColumn
            | Code::ConfigCannotConvert => Fault::Invalid,
            Code::ApiUnimplemented => Fault::Unimplemented,
            Code::ApiUnauthenticated => Fault::Unauthenticated,
            Code::ApiNotFound => Fault::NotFound,
            Code::SourceNotFound => Fault::NoTable,
            Code::ApiWrongState => Fault::WrongState,
            Code::StoreExists => Fault::Exists,
            Code::SourceUnsupported
            | Code::SourceTypeChanged
            | Code::SourceUnsupportedValue
            | Code::SourceNewColumn
            | Code::SourceDuplicateColumn
            | Code::SourceRaggedRow
            | Code::SourceNotARow
            | Code::SourceInvalidText
            | Code::SourceCorrupt
            | Code::SourceTruncated
            | Code::SourceChanged
            | Code::FormatUnsupported
            | Code::FormatFormula => Fault::Data,
            Code::LimitExceeded => Fault::Limit,
            Code::SignExpired | Code::StoreRefused => Fault::Refused,
            Code::SourceReadFailed
            | Code::SignFailed
            | Code::NetworkFailed
            | Code::StoreUnavailable
            | Code::StoreSessionLost
            | Code::ApiBusy => Fault::Unavailable,
            Code::Cancelled => Fault::Cancelled,
            Code::SignInvalidAnswer
            | Code::StoreChecksumMismatch
            | Code::StoreInvalidAnswer
            | Code::SinkFailed
            | Code::Internal => Fault::Internal,
        }
    }

    /// The status of an answer that says so. 499 is what proxies write down where the client has gone.
    pub fn http(self) -> u16 {
        match self {
            Fault::Invalid | Fault::Data | Fault::Limit => 400,
            Fault::Unauthenticated => 401,
            Fault::Refused => 403,
            Fault::NotFound | Fault::NoTable => 404,
            Fault::WrongState | Fault::Exists => 409,
            Fault::Cancelled => 499,
            Fault::Internal => 500,
            Fault::Unimplemented => 501,
            Fault::Unavailable => 503,
        }
    }
}
