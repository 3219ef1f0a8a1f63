//! How far an upload is.

use crate::error::Error;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// An earlier job stored the file, as it says: the store is to be asked.
    ToRecall,
    Recalling,
    /// The store has the file; what is cut again is only compared.
    Recalled,
    /// Nothing was sent: there may be just one part.
    Undecided,
    Putting,
    Creating,
    Uploading {
        upload_id: String,
    },
    /// The store is to be asked for the parts that it has, after this one.
    ToList {
        upload_id: String,
        after: Option<u32>,
    },
    Listing {
        upload_id: String,
    },
    Completing {
        upload_id: String,
    },
    /// The store refused what it may have done already.
    ToAsk(Doubt),
    Asking(Doubt),
    ToAbort {
        upload_id: String,
    },
    Aborting,
    Stored,
    /// The store has an object, which is not what was sent.
    Wrong,
    ToDelete,
    Deleting,
    /// Given up, and nothing of it is left to clear away.
    GivenUp,
}

/// A write that was refused, after a try of it whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// What is to be aborted, should it not have succeeded.
    pub upload_id: Option<String>,
    /// That of our object.
    pub etag: String,
    pub refusal: Error,
}

impl Doubt {
    /// Where the upload stands if it did not succeed.
    pub fn failed(self) -> State {
        self.upload_id.map_or(State::GivenUp, |upload_id| State::Uploading { upload_id })
    }
}
