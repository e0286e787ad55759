//! Envoy as a process.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use http::Request;
use tempfile::TempDir;

use super::Bootstrap;
use crate::adapters::raw_http;

/// Leaves tests out that need other people's servers. Without it, a server that is missing fails its test.
pub const SKIP: &str = "CORSAGE_SKIP_SERVERS";

/// Whether they are to be left out.
#[must_use]
pub fn skipped() -> bool {
    std::env::var_os(SKIP).is_some()
}

/// A slow machine starts Envoy in seconds.
const WITHIN: Duration = Duration::from_secs(60);

/// An Envoy that serves; killed when dropped.
#[derive(Debug)]
pub struct Envoy {
    child: Child,
    folder: TempDir,
    /// Where it serves.
    pub address: SocketAddr,
    /// Where it can be asked about itself.
    pub admin: SocketAddr,
}

impl Envoy {
    /// Starts one, with one thread that serves.
    ///
    /// # Errors
    /// Why it does not start, in its own words.
    pub fn start(bootstrap: &Bootstrap) -> Result<Self, String> {
        Self::start_with(|listen, admin, _| bootstrap.show(listen, admin))
    }

    /// Starts one with a configuration that knows its addresses, and a folder for what it refers to.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(
        show: impl Fn(SocketAddr, SocketAddr, &Path) -> serde_json::Value,
    ) -> Result<Self, String> {
        let fault = |error: std::io::Error| error.to_string();
        let folder = TempDir::new().map_err(fault)?;
        let (address, admin) = (free_address().map_err(fault)?, free_address().map_err(fault)?);
        let file = folder.path().join("envoy.json");
        let text = show(address, admin, folder.path()).to_string();
        std::fs::write(&file, text).map_err(fault)?;
        let log = std::fs::File::create(folder.path().join("log")).map_err(fault)?;
        let mut command = Command::new("envoy");
        command
            .args(["--use-dynamic-base-id", "--concurrency", "1", "-l", "info"])
            // Logs that nobody needs would hide those that are looked for.
            .args(["--component-log-level", "main:warning,upstream:warning,config:warning"])
            .args(["--drain-time-s", "1", "--file-flush-interval-msec", "50", "-c"])
            .arg(&file)
            .env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", module_folder()?)
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(fault)?)
            .stderr(log);
        let child = command.spawn().map_err(|error| {
            format!(
                "envoy cannot be started: {error}; ./test install, or leave it out with {SKIP}=1"
            )
        })?;
        let envoy = Self { child, folder, address, admin };
        envoy.wait()
    }

    fn wait(mut self) -> Result<Self, String> {
        let deadline = Instant::now() + WITHIN;
        while TcpStream::connect(self.address).is_err() {
            let ended = self.child.try_wait().ok().flatten();
            if ended.is_some() || Instant::now() > deadline {
                return Err(format!("it does not start ({ended:?}): {}", self.log()));
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        Ok(self)
    }

    /// What it has said.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its memory that is resident, in KiB; 0 where the system does not tell.
    #[must_use]
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }

    /// A counter or gauge of its statistics; 0 where there is none of that name.
    #[must_use]
    pub fn stat(&self, name: &str) -> u64 {
        let request = Request::get("/stats").body(()).unwrap_or_default();
        let Ok(answer) = raw_http::send(self.admin, &request) else { return 0 };
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        let lines = text.lines().filter_map(|line| line.split_once(": "));
        let found = lines.into_iter().find(|(own, _)| *own == name);
        found.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|ended| ended.is_none())
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}

/// Where cargo has put the module: beside this program, or one folder above.
///
/// # Errors
/// That it is in neither.
pub fn module_folder() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let folders = program.ancestors().skip(1).take(2);
    let mut found = folders.filter(|folder| folder.join("libcorsage_envoy.so").exists());
    found.next().map(Path::to_owned).ok_or_else(|| {
        format!(
            "libcorsage_envoy.so is not beside {}: cargo build -p corsage-envoy",
            program.display()
        )
    })
}
