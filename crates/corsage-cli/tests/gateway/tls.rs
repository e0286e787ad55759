//! TLS: several certificates, their renewal while it runs, clients' certificates, upstreams behind TLS.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};

use crate::support::{Gateway, POLICY, Upstream, eventually, free_address};

/// A certificate authority of the test's own, and what it signs, as files.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    dir: tempfile::TempDir,
}

/// A certificate and its key, in files.
pub(crate) struct Identity {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) key_der: PrivateKeyDer<'static>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, dir }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// Signs a certificate for these names, and writes it to files of this name.
    pub(crate) fn sign(&self, file: &str, names: &[&str]) -> Identity {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        let path = |end: &str| self.dir.path().join(format!("{file}.{end}"));
        // Written whole, and put in place: half a file would be read as one.
        let write = |end: &str, text: &str| {
            let new = path("new");
            std::fs::write(&new, text).unwrap();
            std::fs::rename(&new, path(end)).unwrap();
        };
        write("key", &key.serialize_pem());
        write("pem", &signed.pem());
        Identity {
            certificate: path("pem"),
            key: path("key"),
            der: signed.der().clone(),
            key_der: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        roots
    }

    pub(crate) fn server(&self, identity: &Identity, protocols: &[&[u8]]) -> Arc<ServerConfig> {
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![identity.der.clone()], identity.key_der.clone_key())
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Arc::new(config)
    }
}

/// A connection that believes this authority.
fn connect(
    addr: SocketAddr,
    authority: &Authority,
    name: &str,
    identity: Option<&Identity>,
    protocols: &[&[u8]],
) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let builder = ClientConfig::builder().with_root_certificates(authority.roots());
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder
            .with_client_auth_cert(vec![identity.der.clone()], identity.key_der.clone_key())
            .unwrap(),
    };
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let tls = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(addr)?;
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(StreamOwned::new(tls, socket))
}

/// Asks once; the status, and the certificate that was shown.
fn get(
    addr: SocketAddr,
    authority: &Authority,
    name: &str,
    identity: Option<&Identity>,
) -> std::io::Result<(String, CertificateDer<'static>)> {
    let mut stream = connect(addr, authority, name, identity, &[])?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let shown = stream.conn.peer_certificates().unwrap()[0].clone().into_owned();
    Ok((text, shown))
}

fn settings(
    addr: SocketAddr,
    upstream: SocketAddr,
    certificates: &[&Identity],
    more: &str,
) -> String {
    let certificates: Vec<String> = certificates.iter().map(|identity| table(identity)).collect();
    format!(
        "upstreams = \"http://{upstream}\"\n\
         listen = [{{ address = \"{addr}\", tls = {{ certificates = [{}]{more} }} }}]",
        certificates.join(", ")
    )
}

fn table(identity: &Identity) -> String {
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    format!(
        "{{ certificate = \"{}\", key = \"{}\" }}",
        text(&identity.certificate),
        text(&identity.key)
    )
}

#[test]
fn each_name_gets_its_certificate_and_a_renewed_one_is_shown_without_a_restart() {
    let authority = Authority::new();
    let a = authority.sign("a", &["a.example"]);
    let b = authority.sign("b", &["b.example", "*.b.example"]);
    let upstream = Upstream::answering(|request| {
        let text = format!("{} {}", request.all("host")[0], request.all("x-forwarded-proto")[0]);
        crate::support::respond("200 OK", "", text.as_bytes())
    });
    let addr = free_address();
    let gateway = Gateway::start_at(addr, &settings(addr, upstream.addr, &[&a, &b], ""), POLICY);
    for (name, identity) in [("a.example", &a), ("b.example", &b), ("x.b.example", &b)] {
        let (text, shown) = get(addr, &authority, name, None).unwrap();
        assert!(text.ends_with(&format!("{name} https")), "{text}");
        assert_eq!(shown, identity.der, "{name}");
    }
    // A name that none has gets the first, which is not its own.
    assert!(get(addr, &authority, "c.example", None).is_err());

    // A connection that is open keeps its certificate, and goes on.
    let mut open = connect(addr, &authority, "a.example", None, &[]).unwrap();
    let ask = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    let mut answer = [0; 512];
    open.write_all(ask).unwrap();
    assert!(open.read(&mut answer).unwrap() > 0);
    let renewed = authority.sign("a", &["a.example"]);
    assert_ne!(renewed.der, a.der);
    eventually("the renewed certificate is not shown", || {
        get(addr, &authority, "a.example", None).unwrap().1 == renewed.der
    });
    open.write_all(ask).unwrap();
    assert!(open.read(&mut answer).unwrap() > 0);

    // Half a renewal changes nothing, and is told.
    std::fs::write(&a.certificate, "no certificate").unwrap();
    gateway.signal("HUP");
    eventually("the failure is not told", || {
        gateway.metric("corsage_config_last_reload_successful") == 0.0
    });
    assert_eq!(get(addr, &authority, "a.example", None).unwrap().1, renewed.der);
}

#[test]
fn both_versions_of_http_are_agreed_upon() {
    let authority = Authority::new();
    let a = authority.sign("a", &["a.example"]);
    let upstream = Upstream::ok();
    let addr = free_address();
    let _gateway = Gateway::start_at(addr, &settings(addr, upstream.addr, &[&a], ""), POLICY);
    for (offered, agreed) in [
        (vec![&b"h2"[..], b"http/1.1"], Some(&b"h2"[..])),
        (vec![b"http/1.1"], Some(b"http/1.1")),
        (vec![], None),
    ] {
        let mut stream = connect(addr, &authority, "a.example", None, &offered).unwrap();
        stream.conn.complete_io(&mut stream.sock).unwrap();
        assert_eq!(stream.conn.alpn_protocol(), agreed);
    }
    // What is no TLS is no request, and hinders nobody.
    let mut plain = TcpStream::connect(addr).unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{}", answer.escape_ascii());
    assert!(get(addr, &authority, "a.example", None).is_ok());
}

#[test]
fn clients_show_certificates_where_they_must() {
    let (authority, strangers) = (Authority::new(), Authority::new());
    let a = authority.sign("a", &["a.example"]);
    let client = authority.sign("client", &["client.example"]);
    let stranger = strangers.sign("client", &["client.example"]);
    let upstream = Upstream::ok();
    let addr = free_address();
    let more = format!(
        ", client_certificates = \"require\", client_roots = [\"{}\"]",
        authority.file().display()
    );
    let _gateway = Gateway::start_at(addr, &settings(addr, upstream.addr, &[&a], &more), POLICY);
    assert!(get(addr, &authority, "a.example", Some(&client)).unwrap().0.contains("200 OK"));
    assert!(get(addr, &authority, "a.example", None).is_err());
    assert!(get(addr, &authority, "a.example", Some(&stranger)).is_err());
}

/// An upstream behind TLS that speaks HTTP/1.1; whether the client has shown a certificate is not asked.
fn tls_upstream(config: Arc<ServerConfig>) -> Upstream {
    Upstream::start(move |socket| {
        let tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(tls, socket);
        let mut request = Vec::new();
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut piece) {
            request.extend_from_slice(&piece[..read]);
            if request.ends_with(b"\r\n\r\n") {
                request.clear();
                let _ = stream.write_all(&crate::support::respond("200 OK", "", b"behind TLS"));
            }
        }
    })
}

#[test]
fn upstreams_behind_tls_are_verified() {
    let (authority, strangers) = (Authority::new(), Authority::new());
    let good = authority.sign("up", &["up.example", "127.0.0.1"]);
    let upstream = tls_upstream(authority.server(&good, &[b"http/1.1"]));
    let start = |tls: &str| {
        let addr = upstream.addr;
        let line =
            format!("upstreams = [{{ url = \"https://{addr}\", tls = {{ {tls} }} }}]\nretries = 0");
        let gateway = Gateway::start_with(&line, POLICY);
        let response = crate::support::Client::get(gateway.addr, "/");
        (response.status, String::from_utf8(response.body).unwrap())
    };
    let roots = |authority: &Authority| format!("roots = [\"{}\"]", authority.file().display());
    assert_eq!(start(&roots(&authority)), (200, "behind TLS".to_owned()));
    let named = format!("{}, server_name = \"up.example\"", roots(&authority));
    assert_eq!(start(&named).0, 200);
    let misnamed = format!("{}, server_name = \"other.example\"", roots(&authority));
    for tls in [misnamed, roots(&strangers)] {
        let (status, text) = start(&tls);
        assert_eq!(status, 502, "{tls}");
        assert!(text.contains("tls-failed"), "{text}");
    }
}
