//! Texts of another language than English, lent by whoever has the larger module to whoever has the smaller.

#[cfg(not(feature = "lent"))]
use corsage_texts::Language;
use wasm_bindgen::prelude::wasm_bindgen;

/// All keys and texts of a language: JSON, a list of pairs.
///
/// # Errors
/// That there is no such language.
#[cfg(not(feature = "lent"))]
#[wasm_bindgen]
pub fn texts(language: &str) -> Result<String, String> {
    let all: Vec<_> = language.parse::<Language>()?.texts().collect();
    serde_json::to_string(&all).map_err(|error| error.to_string())
}

/// Lends what `texts` of the larger module tells of the other language.
///
/// # Errors
/// What is wrong with the JSON.
#[cfg(feature = "lent")]
#[wasm_bindgen]
pub fn lend(texts: &str) -> Result<(), String> {
    corsage_texts::lend(serde_json::from_str(texts).map_err(|error| error.to_string())?);
    Ok(())
}
