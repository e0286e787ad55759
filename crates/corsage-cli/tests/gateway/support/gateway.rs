//! The command, started and ended.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Client;

pub(crate) const ORIGIN: &str = "https://app.example.com";

/// A policy that grants [`ORIGIN`].
pub(crate) const POLICY: &str = r#"
[[policy]]
name = "api"
allow_origins = ["https://app.example.com", "https://other.example.com"]
allow_methods = ["PUT", "DELETE"]
allow_headers = ["content-type", "x-custom"]
expose_headers = ["x-served-by", "grpc-status", "grpc-message"]
"#;

/// `corsage serve` on loopback; killed when dropped.
pub(crate) struct Gateway {
    child: Child,
    told: Arc<Mutex<String>>,
    pub(crate) addr: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) config: PathBuf,
    _dir: tempfile::TempDir,
}

impl Gateway {
    /// In front of `upstream`, with more lines for `[gateway]`, and [`POLICY`].
    pub(crate) fn start(upstream: SocketAddr, settings: &str) -> Self {
        Self::start_with(&format!("upstreams = \"http://{upstream}\"\n{settings}"), POLICY)
    }

    /// With these lines for `[gateway]`, and these policies.
    pub(crate) fn start_with(settings: &str, policies: &str) -> Self {
        // A port that was free may be taken a moment later by another test.
        for _ in 0..5 {
            let addr = free_address();
            let settings = format!("listen = \"{addr}\"\n{settings}");
            if let Some(gateway) = Self::try_start(addr, &settings, policies) {
                return gateway;
            }
        }
        panic!("the gateway does not start");
    }

    /// With settings that say where to listen.
    pub(crate) fn start_at(addr: SocketAddr, settings: &str, policies: &str) -> Self {
        Self::try_start(addr, settings, policies).expect("the address was free a moment ago")
    }

    fn try_start(addr: SocketAddr, settings: &str, policies: &str) -> Option<Self> {
        Self::try_start_by(Command::new(env!("CARGO_BIN_EXE_corsage")), addr, settings, policies)
    }

    /// Started by a command that ends in the program's name: in another environment, for one.
    pub(crate) fn try_start_by(
        command: Command,
        addr: SocketAddr,
        settings: &str,
        policies: &str,
    ) -> Option<Self> {
        Self::try_start_with(command, &[], addr, settings, policies)
    }

    /// With more arguments.
    pub(crate) fn try_start_with(
        mut command: Command,
        arguments: &[&str],
        addr: SocketAddr,
        settings: &str,
        policies: &str,
    ) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let admin = free_address();
        let config = dir.path().join("corsage.toml");
        let text = format!(
            "[gateway]\nadmin.listen = \"{admin}\"\nlog.access = \"off\"\n{settings}\n{policies}"
        );
        fs::write(&config, text).unwrap();
        let child = command
            .args(["serve", "--config"])
            .arg(&config)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut gateway = Self { child, told: Arc::default(), addr, admin, config, _dir: dir };
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            let mut stderr = gateway.child.stderr.take();
            if let Some(status) = gateway.child.try_wait().unwrap() {
                let mut told = String::new();
                let _ = stderr.take().unwrap().read_to_string(&mut told);
                assert!(told.contains("listen"), "ended with {status}: {told}");
                return None;
            }
            if TcpStream::connect(admin).is_ok() && Client::get(admin, "/readyz").status == 200 {
                // Read to its end: a full pipe must not hold the gateway up.
                let stderr = BufReader::new(stderr.take().unwrap());
                let told = Arc::clone(&gateway.told);
                std::thread::spawn(move || {
                    for line in stderr.lines().map_while(Result::ok) {
                        let mut told = told.lock().unwrap();
                        told.push_str(&line);
                        told.push('\n');
                    }
                });
                return Some(gateway);
            }
            gateway.child.stderr = stderr;
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the gateway is not ready after 20 s");
    }

    /// What it has told on standard error since it was ready.
    pub(crate) fn told(&self) -> String {
        self.told.lock().unwrap().clone()
    }

    /// Changes its file, and tells it to look.
    pub(crate) fn reconfigure(&self, change: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(&self.config).unwrap();
        fs::write(&self.config, change(text)).unwrap();
        self.signal("HUP");
    }

    pub(crate) fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for the end, for so long.
    pub(crate) fn wait(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the gateway still runs after {limit:?}");
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Resident memory.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// The value of a metric, all its series added up.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let page = Client::get(self.admin, "/metrics");
        let page = String::from_utf8(page.body).unwrap();
        page.lines()
            .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of loopback that nobody listens on. Not one of the ports that the kernel gives to whoever asks for
/// any: it might give it to another test before the gateway has it.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 22_000;
    loop {
        // Tests are processes that follow one another.
        let turn = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + std::process::id().wrapping_mul(61).wrapping_add(turn) % COUNT;
        let address = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap()));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// Waits for something to become so.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
