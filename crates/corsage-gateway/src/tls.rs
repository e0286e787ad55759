//! TLS on both sides, by rustls with ring.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use corsage_config::{ClientCertificates, ListenTls, Protocol, TlsVersion, UpstreamTls};
use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// Why a certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("{} cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: rustls::pki_types::pem::Error },
    #[error("{} holds no certificate", path.display())]
    Empty { path: PathBuf },
    #[error("{} and {} do not fit: {source}", chain.display(), key.display())]
    Mismatch { chain: PathBuf, key: PathBuf, source: Box<rustls::Error> },
    #[error("the system has no certificate authorities; name some in roots")]
    NoRoots,
    #[error("clients' certificates cannot be verified: {0}")]
    ClientRoots(#[from] rustls::server::VerifierBuilderError),
    #[error("a client certificate needs both certificate and key")]
    HalfAnIdentity,
    #[error("{0}")]
    Rustls(Box<rustls::Error>),
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        Self::Rustls(Box::new(error))
    }
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = |source| TlsError::Read { path: path.to_owned(), source };
    let chain: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(|certificates| certificates.collect::<Result<_, _>>())
        .map_err(read)?;
    if chain.is_empty() { Err(TlsError::Empty { path: path.to_owned() }) } else { Ok(chain) }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path)
        .map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

/// What is presented to clients.
pub(crate) fn server_config(
    tls: &ListenTls,
    protocols: &[Protocol],
) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let mut keys = Vec::new();
    for certificate in &tls.certificates {
        let chain = read_chain(&certificate.certificate)?;
        let key = read_key(&certificate.key)?;
        let certified =
            CertifiedKey::from_der(chain, key, &provider).map_err(|source| TlsError::Mismatch {
                chain: certificate.certificate.clone(),
                key: certificate.key.clone(),
                source: Box::new(source),
            })?;
        keys.push(Key { names: certificate.names.clone(), certified: Arc::new(certified) });
    }
    let versions: &[_] = match tls.min_version {
        TlsVersion::Tls12 => rustls::ALL_VERSIONS,
        TlsVersion::Tls13 => &[&rustls::version::TLS13],
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)?;
    let builder = match tls.client_certificates {
        ClientCertificates::Ignore => builder.with_no_client_auth(),
        asked => {
            let roots = Arc::new(root_store(&tls.client_roots)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            let verifier = match asked {
                ClientCertificates::Require => verifier,
                _ => verifier.allow_unauthenticated(),
            };
            builder.with_client_cert_verifier(verifier.build()?)
        }
    };
    let mut config = builder.with_cert_resolver(Arc::new(ByName { keys }));
    config.alpn_protocols = protocols
        .iter()
        .map(|protocol| match protocol {
            Protocol::Http1 => b"http/1.1".to_vec(),
            Protocol::Http2 => b"h2".to_vec(),
        })
        .collect();
    // The server's order counts, and HTTP/2 comes first.
    config.alpn_protocols.sort_by_key(|name| name != b"h2");
    config.ticketer = ring::Ticketer::new()?;
    Ok(Arc::new(config))
}

/// The first certificate that is valid for the name asked for; the first of all without a name.
#[derive(Debug)]
struct ByName {
    keys: Vec<Key>,
}

#[derive(Debug)]
struct Key {
    /// Names to serve it for; empty for those it carries.
    names: Vec<String>,
    certified: Arc<CertifiedKey>,
}

impl Key {
    fn is_for(&self, text: &str, name: &ServerName<'_>) -> bool {
        if !self.names.is_empty() {
            return self.names.iter().any(|own| match own.strip_prefix("*.") {
                Some(below) => {
                    text.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(below))
                }
                None => own.eq_ignore_ascii_case(text),
            });
        }
        self.certified
            .end_entity_cert()
            .and_then(ParsedCertificate::try_from)
            .is_ok_and(|certificate| verify_server_name(&certificate, name).is_ok())
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|text| {
            let name = ServerName::try_from(text).ok()?;
            self.keys.iter().find(|key| key.is_for(text, &name))
        });
        named.or(self.keys.first()).map(|key| Arc::clone(&key.certified))
    }
}

/// How upstreams are verified.
pub(crate) fn client_config(settings: &UpstreamTls) -> Result<ClientConfig, TlsError> {
    let roots = root_store(&settings.roots)?;
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    Ok(match (&settings.certificate, &settings.key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(chain), Some(key)) => {
            builder.with_client_auth_cert(read_chain(chain)?, read_key(key)?)?
        }
        _ => return Err(TlsError::HalfAnIdentity),
    })
}

/// These authorities, or the system's if none is named.
fn root_store(paths: &[PathBuf]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    if paths.is_empty() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(TlsError::NoRoots);
        }
    }
    for path in paths {
        for certificate in read_chain(path)? {
            roots.add(certificate)?;
        }
    }
    Ok(roots)
}
