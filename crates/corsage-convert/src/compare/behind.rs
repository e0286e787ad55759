//! What is imagined behind a program while it is compared.

use crate::{Asked, Behind, BehindAnswer, BehindResponse, VaryIs};

/// What is imagined behind a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scene {
    /// A handler that answers 200 to everything but `OPTIONS`, for which it has 405, and knows no CORS.
    Works,
    /// A handler that answers 500.
    Fails,
    /// Nothing at this path: 404.
    Missing,
    /// A handler that sends CORS headers of its own, for `https://own.example.net`.
    OwnHeaders,
}

impl Scene {
    /// A stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Fails => "fails",
            Self::Missing => "missing",
            Self::OwnHeaders => "own-headers",
        }
    }
}

impl Behind for Scene {
    fn answer(&self, asked: &Asked<'_>) -> BehindAnswer {
        if asked.method == "OPTIONS" {
            return BehindAnswer::NoMethod { allowed: vec!["GET".to_owned(), "POST".to_owned()] };
        }
        match self {
            Self::Works => BehindAnswer::Responds(BehindResponse::plain(200)),
            Self::Fails => BehindAnswer::Responds(BehindResponse::plain(500)),
            Self::Missing => BehindAnswer::NoRoute,
            Self::OwnHeaders => BehindAnswer::Responds(BehindResponse {
                status: 200,
                cors: vec![(
                    "Access-Control-Allow-Origin".to_owned(),
                    "https://own.example.net".to_owned(),
                )],
                vary: vec!["Accept-Encoding".to_owned()],
                vary_is: VaryIs::Set,
            }),
        }
    }
}
