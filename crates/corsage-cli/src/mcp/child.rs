//! The command as a child: its arguments, its files, its end.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

/// No call takes longer; a request by itself is given up after 30 seconds.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// What is read of the command's output at the most: an account is a few kilobytes.
const MAX_OUTPUT: u64 = 4 << 20;

/// This program.
#[derive(Clone, Debug)]
pub(super) struct Program(PathBuf);

/// How a run ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// The exit code; `None` if it was ended for taking too long.
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Texts as files, for as long as a call takes.
#[derive(Debug)]
pub(super) struct Files(tempfile::TempDir);

impl Files {
    pub(super) fn new() -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("corsage-mcp-").tempdir();
        folder.map(Self).map_err(|error| format!("no folder for the texts: {error}"))
    }

    /// Writes a text under the last part of a name, which tells its format; each in a folder of its own.
    pub(super) fn write(&self, folder: &str, name: &str, text: &str) -> Result<PathBuf, String> {
        let name = Path::new(name).file_name().unwrap_or("text".as_ref());
        let folder = self.0.path().join(folder);
        let path = folder.join(name);
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| format!("the text cannot be kept: {error}"))?;
        Ok(path)
    }

    /// What is printed of these files, without the folder they are in.
    pub(super) fn told(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }
}

impl Program {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Runs it to its end, or to the limit's.
    pub(super) async fn run(&self, arguments: &[String]) -> Result<Ended, String> {
        let mut child = Command::new(&self.0)
            .args(arguments)
            .env("CORSAGE_LANG", "en")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("the command cannot be started: {error}"))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let running = async {
            let (stdout, stderr) = tokio::join!(all_of(stdout), all_of(stderr));
            (child.wait().await, stdout, stderr)
        };
        match tokio::time::timeout(TIME_LIMIT, running).await {
            Ok((status, stdout, stderr)) => {
                let status = status.map_err(|error| error.to_string())?;
                Ok(Ended { code: status.code(), stdout, stderr })
            }
            Err(_) => {
                let stderr = format!("ended after {} seconds", TIME_LIMIT.as_secs());
                Ok(Ended { code: None, stdout: String::new(), stderr })
            }
        }
    }
}

async fn all_of(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What has come until a pipe breaks is kept.
        let _ = pipe.take(MAX_OUTPUT).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
