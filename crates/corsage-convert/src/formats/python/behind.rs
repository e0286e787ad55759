//! What a framework makes of a request that none of its CORS answers.

use super::lines::{Lines, Spelling};
use crate::{Asked, Behind, BehindAnswer};

/// How a framework treats methods that a path has no handler for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behaves {
    /// Whether HEAD goes to what answers GET.
    pub(crate) head_is_get: bool,
    /// What OPTIONS gets where the path has handlers, and none for it.
    pub(crate) options: u16,
    pub(crate) spelling: Spelling,
}

/// What came back: the status, whether a handler saw the request, its lines, the methods of the path.
pub(crate) struct Came {
    pub(crate) status: u16,
    pub(crate) reached: bool,
    pub(crate) lines: Lines,
    /// The handler raised an error that nobody caught.
    pub(crate) raised: bool,
    /// The methods that the path has, where it has none for this request.
    pub(crate) allowed: Option<Vec<String>>,
}

pub(crate) fn behind_answer(asked: &Asked<'_>, behind: &dyn Behind, behaves: Behaves) -> Came {
    let mut answer = behind.answer(asked);
    if let BehindAnswer::NoMethod { allowed } = &answer
        && asked.method == "HEAD"
        && behaves.head_is_get
        && allowed.iter().any(|method| method == "GET")
    {
        answer = behind.answer(&Asked { method: "GET", ..*asked });
    }
    let came = |status, reached| Came {
        status,
        reached,
        lines: Lines::default(),
        raised: false,
        allowed: None,
    };
    match answer {
        BehindAnswer::Responds(response) => {
            Came { lines: Lines::of(&response, behaves.spelling), ..came(response.status, true) }
        }
        BehindAnswer::Raises => Came { raised: true, ..came(500, true) },
        BehindAnswer::Drops => came(0, true),
        BehindAnswer::NoRoute => came(404, false),
        BehindAnswer::NoMethod { allowed } => {
            let status = if asked.method == "OPTIONS" { behaves.options } else { 405 };
            Came { allowed: Some(allowed), ..came(status, false) }
        }
    }
}
