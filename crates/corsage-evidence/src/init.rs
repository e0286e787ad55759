//! What a script passed to its API, from a copy.

use std::sync::Arc;

use corsage::browser::{Body, CredentialsMode, Initiator, Mode, RequestInit};

use crate::request::{Copied, Credentials, Load, UploadListener};

impl Copied {
    /// What the script passed to its API, in this credentials mode unless the copy knows better.
    pub(crate) fn init(&self, credentials: CredentialsMode) -> RequestInit {
        RequestInit {
            url: self.url.clone().unwrap_or_default(),
            method: self.method.clone().map(String::into_bytes),
            headers: self
                .headers
                .iter()
                .map(|(name, value)| (name.clone().into_bytes(), value.clone().into_bytes()))
                .collect(),
            body: self.data.as_ref().map(|data| Body::Bytes(Arc::from(data.as_bytes()))),
            body_content_type: self.body_type.clone().map(String::into_bytes),
            mode: Some(self.mode.unwrap_or(Mode::Cors)),
            credentials: Some(self.credentials_or(credentials)),
            redirect: self.redirect,
            initiator: match self.load {
                Load::Xhr => Initiator::XmlHttpRequest,
                _ => Initiator::Fetch,
            },
            use_cors_preflight: self.upload_listener == UploadListener::Registered,
            referrer_policy: self.referrer_policy,
            ..RequestInit::default()
        }
    }

    /// That credentials mode, unless the copy knows better.
    pub(crate) fn credentials_or(&self, assumed: CredentialsMode) -> CredentialsMode {
        match self.credentials {
            Credentials::Known(known) => known,
            Credentials::Guessed(_) | Credentials::Unknown => assumed,
        }
    }
}
