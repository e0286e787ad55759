//! A Chromium that takes every name for this machine's, driven by its own protocol.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::bed::Bed;

pub(crate) struct Chromium {
    child: Child,
    profile: PathBuf,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last: u64,
}

impl Chromium {
    pub(crate) async fn start(bed: &Bed) -> Result<Self, String> {
        let profile = std::env::temp_dir().join(format!("corsage-chromium-{}", std::process::id()));
        std::fs::create_dir_all(profile.join("Default")).map_err(|error| error.to_string())?;
        // As the Chromium project ships it: cookies go to other sites. Debian's blocks them.
        let preferences =
            json!({ "profile": { "cookie_controls_mode": 2, "block_third_party_cookies": false } });
        std::fs::write(profile.join("Default/Preferences"), preferences.to_string())
            .map_err(|error| error.to_string())?;
        let (http, https) = (bed.http, bed.https);
        let rules = format!(
            "MAP *:443 127.0.0.1:{https}, MAP *:80 127.0.0.1:{http}, MAP *:8443 127.0.0.1:{https}, MAP *:3000 127.0.0.1:{http}"
        );
        let child = Command::new("chromium")
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"])
            .args(["--disable-background-networking", "--ignore-certificate-errors"])
            .arg("--disable-features=LocalNetworkAccessChecks,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable")
            .arg(format!("--host-resolver-rules={rules}"))
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(["--remote-debugging-port=0", "about:blank"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("Chromium: {error}; install it, or set CORSAGE_SKIP_BROWSERS=1"))?;
        let began = Instant::now();
        let url = loop {
            let told = std::fs::read_to_string(profile.join("DevToolsActivePort"));
            if let Some((port, path)) = told.as_deref().unwrap_or_default().split_once('\n') {
                break format!("ws://127.0.0.1:{port}{path}");
            }
            if began.elapsed() > Duration::from_secs(60) {
                return Err("Chromium does not listen".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let (socket, _) = connect_async(url).await.map_err(|error| error.to_string())?;
        Ok(Self { child, profile, socket, last: 0 })
    }

    /// Signs in at the target, opens the page at this origin, and brings what stands on it at last.
    pub(crate) async fn open(&mut self, input: &Value, origin: &str, page: &str) -> String {
        match tokio::time::timeout(Duration::from_secs(30), self.opened(input, origin, page)).await
        {
            Ok(Ok(read)) => read,
            Ok(Err(cause)) => cause,
            Err(_) => "nothing within 30 s".to_owned(),
        }
    }

    async fn opened(&mut self, input: &Value, origin: &str, page: &str) -> Result<String, String> {
        let target =
            self.call(None, "Target.createTarget", json!({ "url": "about:blank" })).await?;
        let target = target["targetId"].clone();
        let attached = json!({ "targetId": target, "flatten": true });
        let session = self.call(None, "Target.attachToTarget", attached).await?;
        let session = session["sessionId"].as_str().unwrap_or_default().to_owned();
        if let Some(login) = input["context"]["login_url"].as_str() {
            self.visit(&session, login).await?;
        }
        let from = match origin {
            "null" => "https://zq7k.corsagewitness.example",
            origin => origin,
        };
        self.visit(&session, &format!("{from}/")).await?;
        let at = self.evaluate(&session, "location.origin").await?;
        if at != from {
            return Err(format!("the page is at {at}"));
        }
        let write = format!("document.open();document.write({});document.close();1", json!(page));
        self.evaluate(&session, &write).await?;
        let mut read = String::new();
        for _ in 0..100 {
            read = self
                .evaluate(&session, "document.getElementById('seen')?.textContent ?? ''")
                .await?;
            let is_done =
                read.contains("read: ") || read.contains("blocked") || read.contains("refused");
            if is_done && !read.contains("read: 429") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.call(None, "Target.closeTarget", json!({ "targetId": target })).await?;
        Ok(read)
    }

    async fn visit(&mut self, session: &str, url: &str) -> Result<(), String> {
        let went = self.call(Some(session), "Page.navigate", json!({ "url": url })).await?;
        if let Some(error) = went["errorText"].as_str().filter(|error| !error.is_empty()) {
            return Err(format!("{url}: {error}"));
        }
        let (_, rest) = url.split_once("://").unwrap_or_default();
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        let state = format!(
            "location.hostname === {} && document.readyState === 'complete' ? 'yes' : 'no'",
            json!(host)
        );
        for _ in 0..200 {
            if self.evaluate(session, &state).await.is_ok_and(|state| state == "yes") {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!("{url} does not load"))
    }

    async fn evaluate(&mut self, session: &str, code: &str) -> Result<String, String> {
        let asked = json!({ "expression": code, "returnByValue": true });
        let told = self.call(Some(session), "Runtime.evaluate", asked).await?;
        Ok(match &told["result"]["value"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    async fn call(
        &mut self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value, String> {
        self.last += 1;
        let mut asked = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = session {
            asked["sessionId"] = session.into();
        }
        let text = Message::text(asked.to_string());
        self.socket.send(text).await.map_err(|error| error.to_string())?;
        while let Some(message) = self.socket.next().await {
            let message = message.map_err(|error| error.to_string())?;
            let Ok(text) = message.into_text() else { continue };
            let Ok(told) = serde_json::from_str::<Value>(&text) else { continue };
            if told["id"] == self.last {
                return match told["error"]["message"].as_str() {
                    Some(error) => Err(format!("{method}: {error}")),
                    None => Ok(told["result"].clone()),
                };
            }
        }
        Err("Chromium went away".to_owned())
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}
