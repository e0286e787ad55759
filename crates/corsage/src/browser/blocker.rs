//! Where a condition failed: what all blockers of one message have in common.

use super::{Blocker, Code, MessageKind};

/// Message and hop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockerSite {
    pub(crate) message: MessageKind,
    pub(crate) hop: usize,
}

impl BlockerSite {
    pub(crate) fn plain(self, code: Code) -> Blocker {
        Blocker {
            code,
            hop: self.hop,
            message: self.message,
            header: None,
            seen: None,
            wanted: None,
            subject: None,
            near_miss: None,
        }
    }

    pub(crate) fn about(self, code: Code, subject: impl AsRef<[u8]>) -> Blocker {
        Blocker { subject: Some(subject.as_ref().to_vec()), ..self.plain(code) }
    }

    pub(crate) fn header(
        self,
        code: Code,
        header: &'static str,
        seen: Option<Vec<u8>>,
        wanted: &[u8],
    ) -> Blocker {
        Blocker { header: Some(header), seen, wanted: Some(wanted.to_vec()), ..self.plain(code) }
    }
}
