//! Settings of a browser.

use std::sync::Arc;

use corsage::browser::Profile;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::net::{Network, Resolve, ResolveError};
use crate::settings::{Certificates, HttpVersions, Reach, Timeouts};
use crate::shared::Shared;
use crate::{Browser, ThirdPartyCookies};

/// Settings of a [`Browser`], with defaults that suit tests and tools.
#[derive(Clone, Debug, Default)]
pub struct BrowserBuilder {
    profile: Profile,
    resolve: Vec<Resolve>,
    roots: Vec<CertificateDer<'static>>,
    timeouts: Timeouts,
    third_party_cookies: ThirdPartyCookies,
    certificates: Certificates,
    versions: HttpVersions,
    reach: Reach,
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A resolve rule.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// A certificate.
    #[error("the root certificates cannot be read: {0}; give PEM, one or more CERTIFICATE blocks")]
    Certificate(String),
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    /// A browser with the default settings: the standard's behaviour, the system's root certificates.
    #[must_use]
    pub fn new() -> Self {
        match Self::builder().build() {
            Ok(browser) => browser,
            Err(error) => unreachable!("the defaults name no rule and no certificate: {error}"),
        }
    }

    /// Settings.
    #[must_use]
    pub fn builder() -> BrowserBuilder {
        BrowserBuilder::default()
    }
}

impl BrowserBuilder {
    /// Whose behaviour to show.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sends names to an address: `*.test=127.0.0.1`, `api.test:80=127.0.0.1:8080`. The first rule that
    /// matches is taken.
    ///
    /// # Errors
    /// A rule without `=`, or without an address.
    pub fn resolve(self, rule: &str) -> Result<Self, BuildError> {
        Ok(self.resolve_rule(rule.parse()?))
    }

    /// As [`resolve`](Self::resolve), with a rule that has been parsed.
    #[must_use]
    pub fn resolve_rule(mut self, rule: Resolve) -> Self {
        self.resolve.push(rule);
        self
    }

    /// Trusts further roots, in PEM.
    ///
    /// # Errors
    /// What is not PEM.
    pub fn root_certificates(mut self, pem: &[u8]) -> Result<Self, BuildError> {
        let mut found = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            found.push(certificate.map_err(|error| BuildError::Certificate(error.to_string()))?);
        }
        if found.is_empty() {
            return Err(BuildError::Certificate("no CERTIFICATE block".into()));
        }
        self.roots.extend(found);
        Ok(self)
    }

    /// How long to wait.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Which certificates of servers are taken.
    #[must_use]
    pub fn certificates(mut self, setting: Certificates) -> Self {
        self.certificates = setting;
        self
    }

    /// Which machines are connected to.
    #[must_use]
    pub fn reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Which versions of HTTP are offered.
    #[must_use]
    pub fn http_versions(mut self, setting: HttpVersions) -> Self {
        self.versions = setting;
        self
    }

    /// Whether cookies go to other sites.
    #[must_use]
    pub fn third_party_cookies(mut self, setting: ThirdPartyCookies) -> Self {
        self.third_party_cookies = setting;
        self
    }

    /// Makes the browser: empty cookie jar, empty caches.
    ///
    /// # Errors
    /// Root certificates that TLS cannot use.
    pub fn build(self) -> Result<Browser, BuildError> {
        let mut store = RootCertStore::empty();
        // A machine without roots of its own can still talk to its own servers.
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for root in self.roots {
            store.add(root).map_err(|error| BuildError::Certificate(error.to_string()))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| BuildError::Certificate(error.to_string()))?
            .with_root_certificates(store)
            .with_no_client_auth();
        if self.certificates == Certificates::Any {
            let anything = Arc::new(AnyCertificate(rustls::crypto::ring::default_provider()));
            tls.dangerous().set_certificate_verifier(anything);
        }
        tls.alpn_protocols = match self.versions {
            HttpVersions::All => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            HttpVersions::Http1 => vec![b"http/1.1".to_vec()],
        };
        let network = Network::new(Arc::new(tls), self.resolve, self.timeouts, self.reach);
        let shared = Shared::new(self.profile, network, self.third_party_cookies);
        Ok(Browser { shared: Arc::new(shared) })
    }
}

/// Takes every certificate; handshakes are still signed by its key.
#[derive(Debug)]
struct AnyCertificate(rustls::crypto::CryptoProvider);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
