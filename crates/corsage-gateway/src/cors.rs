//! The policy's word on one request, kept until its response has come. Whatever is asked about CORS
//! is asked of the policy: there is no rule here.

use corsage_config::{OriginCheck, UpstreamCors};
use http::request::Parts;
use http::{HeaderMap, Method, Response};

use crate::connection::Scheme;
use crate::live::Route;
use crate::observe::Outcome;
use crate::respond::Refusal;
use crate::worker::Worker;

pub(crate) struct Judgement<'p> {
    _route: &'p Route,
}

impl<'p> Judgement<'p> {
    pub(crate) fn of(
        route: &'p Route,
        _method: &Method,
        _headers: &HeaderMap,
        _scheme: Scheme,
    ) -> Self {
        Self { _route: route }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        Outcome::NotCors
    }

    pub(crate) fn label(&self) -> Option<&'static str> {
        None
    }

    pub(crate) fn reason(&self) -> Option<&'static str> {
        None
    }

    pub(crate) fn shadow_label(&self) -> Option<&'static str> {
        None
    }

    pub(crate) fn preflight(&self) -> Option<Response<()>> {
        None
    }

    pub(crate) fn blocks_upgrade(&self, _check: OriginCheck) -> Option<Refusal> {
        None
    }

    pub(crate) fn blocks_write(&self) -> Option<Refusal> {
        None
    }

    pub(crate) fn apply(&self, _headers: &mut HeaderMap) {}

    pub(crate) fn apply_to_upstream(
        &self,
        _headers: &mut HeaderMap,
        _setting: UpstreamCors,
    ) -> UpstreamSets {
        UpstreamSets::Nothing
    }
}

pub(crate) fn observe(
    _judgement: &Judgement<'_>,
    _route: &Route,
    _worker: &Worker,
    _parts: &Parts,
) {
}

/// Whether an upstream has set CORS headers itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpstreamSets {
    Nothing,
    Something,
}
