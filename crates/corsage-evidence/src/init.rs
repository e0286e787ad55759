//! What a page passed to its API, from a copy.

use std::sync::Arc;

use corsage::browser::{Body, CredentialsMode, Destination, Initiator, Mode, RequestInit};

use crate::request::{Copied, Credentials, Load, UploadListener};

impl Load {
    /// The destination in the standard's words.
    #[must_use]
    pub fn destination(self) -> Destination {
        match self {
            Self::Image => Destination::Image,
            Self::Script => Destination::Script,
            Self::Style => Destination::Style,
            Self::Font => Destination::Font,
            Self::Audio => Destination::Audio,
            Self::Video => Destination::Video,
            Self::Track => Destination::Track,
            Self::Manifest => Destination::Manifest,
            Self::Worker => Destination::Worker,
            Self::Navigation => Destination::Document,
            _ => Destination::Empty,
        }
    }

    /// Whether markup loads it, and not a script.
    #[must_use]
    pub fn is_element(self) -> bool {
        self.destination() != Destination::Empty
    }
}

impl Copied {
    /// The mode in which a page of that origin asks, if the copy leaves it open.
    #[must_use]
    pub fn assumed_mode(&self) -> Mode {
        self.mode.unwrap_or(match self.load {
            Load::Image | Load::Script | Load::Style | Load::Audio | Load::Video | Load::Track => {
                Mode::NoCors
            }
            _ => Mode::Cors,
        })
    }

    /// What the page passed to its API, in this credentials mode unless the copy knows better.
    pub(crate) fn init(&self, credentials: CredentialsMode) -> RequestInit {
        let credentials = match self.credentials {
            Credentials::Known(known) => known,
            Credentials::Guessed(_) | Credentials::Unknown => credentials,
        };
        let mode = self.assumed_mode();
        let element = self.load.is_element();
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
            mode: Some(mode),
            credentials: Some(if element && mode == Mode::NoCors {
                CredentialsMode::Include
            } else {
                credentials
            }),
            redirect: self.redirect,
            initiator: match self.load {
                Load::Xhr => Initiator::XmlHttpRequest,
                _ if element => Initiator::Other,
                _ => Initiator::Fetch,
            },
            destination: self.load.destination(),
            use_cors_preflight: self.upload_listener == UploadListener::Registered,
            referrer_policy: self.referrer_policy,
            ..RequestInit::default()
        }
    }
}
