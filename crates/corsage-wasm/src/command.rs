//! The command, with what JavaScript lends it.

use std::ffi::OsString;
use std::rc::Rc;
use std::time::Duration;

use corsage_cli::world::{Answered, Host, Sent, Stream, with_host};
use wasm_bindgen::prelude::{JsCast as _, JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// What the command asks of the world outside; `packages/npm/src/host.js` makes one.
    pub type World;

    #[wasm_bindgen(method, catch)]
    fn read(this: &World, name: &str) -> Result<Vec<u8>, JsValue>;
    #[wasm_bindgen(method)]
    fn list(this: &World, name: &str) -> Option<Vec<String>>;
    #[wasm_bindgen(method, catch)]
    fn write(this: &World, name: &str, text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn git(this: &World, arguments: Vec<String>) -> Result<Vec<u8>, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn stdin(this: &World) -> Result<Vec<u8>, JsValue>;
    #[wasm_bindgen(method)]
    fn print(this: &World, is_error: bool, text: &str);
    #[wasm_bindgen(method)]
    fn width(this: &World, is_error: bool) -> Option<u32>;
    #[wasm_bindgen(method)]
    fn variables(this: &World) -> Vec<String>;
    #[wasm_bindgen(method)]
    fn now(this: &World) -> f64;
    /// JSON in, JSON out; throws `{ code, message }`.
    #[wasm_bindgen(method, catch)]
    fn send(this: &World, message: &str) -> Result<String, JsValue>;
}

/// Runs the command with these arguments (its own name aside); answers with its exit code.
#[wasm_bindgen]
#[must_use]
pub fn run(arguments: Vec<String>, world: World) -> u8 {
    let arguments =
        [OsString::from("corsage")].into_iter().chain(arguments.into_iter().map(Into::into));
    with_host(Rc::new(Lent(world)), || corsage_cli::run(arguments)).0
}

struct Lent(World);

impl Host for Lent {
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        self.0.read(name).map_err(|thrown| message(&thrown))
    }

    fn list(&self, name: &str) -> Option<Vec<String>> {
        self.0.list(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        self.0.write(name, text).map_err(|thrown| message(&thrown))
    }

    fn git(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self.0.git(arguments).map_err(|thrown| message(&thrown))
    }

    fn stdin(&self) -> Result<Vec<u8>, String> {
        self.0.stdin().map_err(|thrown| message(&thrown))
    }

    fn print(&self, stream: Stream, text: &str) {
        self.0.print(stream == Stream::Error, text);
    }

    fn terminal(&self, stream: Stream) -> Option<usize> {
        self.0.width(stream == Stream::Error).map(|width| width as usize)
    }

    fn variables(&self) -> Vec<(String, String)> {
        let pairs = self.0.variables();
        pairs.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
    }

    fn now(&self) -> Duration {
        Duration::try_from_secs_f64(self.0.now() / 1000.0).unwrap_or_default()
    }

    fn send(&self, sent: &Sent) -> Result<Answered, (String, String)> {
        let told = |text: String| ("http-malformed".to_owned(), text);
        let sent = serde_json::to_string(sent).map_err(|error| told(error.to_string()))?;
        let answered = self.0.send(&sent).map_err(|thrown| (code(&thrown), message(&thrown)))?;
        serde_json::from_str(&answered).map_err(|error| told(error.to_string()))
    }
}

fn message(thrown: &JsValue) -> String {
    property(thrown, "message")
        .or_else(|| thrown.as_string())
        .unwrap_or_else(|| "it failed without a word".to_owned())
}

fn code(thrown: &JsValue) -> String {
    property(thrown, "code").unwrap_or_default()
}

fn property(thrown: &JsValue, name: &str) -> Option<String> {
    thrown.dyn_ref::<js_sys::Object>()?;
    js_sys::Reflect::get(thrown, &JsValue::from_str(name)).ok()?.as_string()
}
