//! The bed, with empty pages on every other host.

use std::collections::HashSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use conformance::audit_bed;
use corsage_audit::{Depth, Findings};
use corsage_client::Browser;
use serde_json::Value;

pub(crate) struct Bed {
    child: Child,
    folder: PathBuf,
    pub(crate) http: u16,
    pub(crate) https: u16,
    browser: Browser,
}

impl Bed {
    pub(crate) fn start() -> Self {
        let folder =
            std::env::temp_dir().join(format!("corsage-audit-pages-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/audit-bed");
        fs::copy(data.join("bed.py"), folder.join("bed.py")).unwrap();
        for name in ["audit-input.json", "targets.json", "truth.jsonl"] {
            let packed = fs::File::open(data.join(format!("{name}.gz"))).unwrap();
            let mut text = String::new();
            flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
            // Its own ports are moved away from those of the bed's own test, which may run beside this one.
            let moved = text
                .replace("127.0.0.1:182", "127.0.0.1:613")
                .replace("\"listen\": 182", "\"listen\": 613");
            fs::write(folder.join(name), moved).unwrap();
        }
        let (http, https) = (free_port(), free_port());
        let child = Command::new("python3")
            .arg(folder.join("bed.py"))
            .arg(folder.join("targets.json"))
            .args(["--http", &http.to_string(), "--https", &https.to_string(), "--witness-pages"])
            .arg("--tls-dir")
            .arg(folder.join("tls"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let browser = audit_bed::browser(http, https).unwrap();
        let bed = Self { child, folder, http, https, browser };
        let began = Instant::now();
        while bed.ask("/__bed/ready").is_none() {
            assert!(began.elapsed() < Duration::from_secs(60), "the bed does not listen");
            std::thread::sleep(Duration::from_millis(100));
        }
        bed
    }

    fn ask(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.http)).ok()?;
        let head = format!("GET {path} HTTP/1.1\r\nHost: bed.invalid\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    pub(crate) fn reset(&self) {
        self.ask("/__bed/reset").unwrap();
    }

    pub(crate) fn inputs(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.join("audit-input.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The ids of what is sound.
    pub(crate) fn sound(&self) -> HashSet<String> {
        let text = fs::read_to_string(self.folder.join("truth.jsonl")).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let sound = rows.filter(|row| row["sound"] == true);
        sound.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn audit(&self, input: &Value) -> Findings {
        audit_bed::audit(input, &self.browser, Depth::Usual).await.unwrap()
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
