//! One request on its way through the layers, and the response so far.

use crate::Asked;
use crate::formats::node::{Headers, headers_object};
use crate::javascript::Value;

/// What a layer leads to.
pub(super) enum Next {
    /// To the next layer.
    On,
    /// Past the rest of this route.
    Route,
    /// To those that handle errors.
    Error(Value),
    /// The response is out.
    Ended,
    /// Nowhere: the request is never answered.
    Never,
}

pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) host: String,
    /// `req.headers`.
    pub(super) headers_object: Value,
    pub(super) headers: Headers,
    pub(super) status: u16,
    pub(super) reached: bool,
    /// The connection is closed without an answer.
    pub(super) dropped: bool,
    pub(super) ended: bool,
    /// What `next` was called with, where it was called.
    pub(super) next: Option<Value>,
}

impl Exchange {
    pub(super) fn new(asked: &Asked<'_>) -> Self {
        Self {
            method: asked.method.to_owned(),
            path: asked.path_only().to_owned(),
            host: asked.host.to_owned(),
            headers_object: headers_object(asked),
            headers: Headers::default(),
            status: 200,
            reached: false,
            dropped: false,
            ended: false,
            next: None,
        }
    }
}
