//! What a conversion changes in a file that is there, and what it leaves alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use corsage_convert::edit::{NotEdited, edit};
use corsage_convert::{Circumstances, Format, Source, convert, read};

const POLICY: &str = "[[policy]]\nallow_origins = [\"https://b.example.com\"]\n\
     allow_methods = [\"PUT\"]\nallow_headers = [\"x-a\"]\n";

/// A file with the policy written in it.
fn edited(format: Format, file: &str) -> Result<String, NotEdited> {
    let circumstances = Circumstances::default();
    let source = Source { text: POLICY, name: None, circumstances: &circumstances };
    let program = read(Format::Corsage, &source).unwrap();
    let conversion = convert(program.as_ref(), format, "corsage.toml", &circumstances).unwrap();
    edit(format, file, &conversion.written.text, &circumstances)
}

/// All lines of the file but some are there after it was edited, in their order.
fn keeps(file: &str, edited: &str, but: &[&str]) {
    let mut lines = edited.lines();
    for line in file.lines().filter(|line| !but.iter().any(|part| line.contains(part))) {
        assert!(lines.any(|other| other == line), "{line:?} is lost in\n{edited}");
    }
}

#[test]
fn s3_rules_are_changed_where_they_stand() {
    let file = "{\n  \"Comment\": \"ours ] }\",\n  \"CORSRules\": [\n    {\n      \"AllowedOrigins\": [\"https://a.example.com\"],\n      \"AllowedMethods\": [\"GET\"]\n    }\n  ],\n  \"Tail\": [1,  2]\n}\n";
    let first = edited(Format::S3Json, file).unwrap();
    keeps(file, &first, &["AllowedOrigins", "AllowedMethods", "GET"]);
    assert!(first.contains("https://b.example.com") && !first.contains("https://a.example.com"));
    // A second run changes nothing.
    assert_eq!(edited(Format::S3Json, &first).unwrap(), first);
    // On one line it stays on one line.
    let line = "{\"CORSRules\": [{\"AllowedOrigins\": [\"*\"], \"AllowedMethods\": [\"GET\"]}]}\n";
    assert_eq!(edited(Format::S3Json, line).unwrap().lines().count(), 1);
}

#[test]
fn vercels_other_headers_and_rewrites_stay() {
    let file = "{\n  \"cleanUrls\": true,\n  \"headers\": [\n    {\n      \"source\": \"/old/(.*)\",\n      \"headers\": [{ \"key\": \"Access-Control-Allow-Origin\", \"value\": \"*\" }]\n    },\n    {\n      \"source\": \"/(.*)\",\n      \"headers\": [{ \"key\": \"X-Frame-Options\", \"value\": \"DENY\" }]\n    }\n  ],\n  \"rewrites\": [{ \"source\": \"/a\", \"destination\": \"/b\" }]\n}\n";
    let first = edited(Format::Vercel, file).unwrap();
    for kept in ["\"cleanUrls\": true,", "X-Frame-Options", "\"rewrites\": [{ \"source\": \"/a\""] {
        assert!(first.contains(kept), "{kept} is lost in\n{first}");
    }
    assert!(!first.contains("/old/"), "{first}");
    assert_eq!(edited(Format::Vercel, &first).unwrap(), first);
    // What is said in one breath with something else is nobody's to take apart.
    let mixed = file.replace(
        "[{ \"key\": \"Access",
        "[{ \"key\": \"X-A\", \"value\": \"b\" }, { \"key\": \"Access",
    );
    assert_eq!(edited(Format::Vercel, &mixed), Err(NotEdited::Shape));
}

#[test]
fn an_api_keeps_its_paths() {
    let file = "{\n  \"openapi\": \"3.0.1\",\n  \"x-amazon-apigateway-cors\": {\n    \"allowOrigins\": [\"https://a.example.com\"]\n  },\n  \"paths\": { \"/a\": {} }\n}\n";
    let first = edited(Format::ApiGateway, file).unwrap();
    keeps(file, &first, &["allowOrigins"]);
    assert!(first.contains("https://b.example.com"), "{first}");
    assert_eq!(edited(Format::ApiGateway, &first).unwrap(), first);
}

#[test]
fn kongs_other_plugins_stay() {
    let file = "_format_version: \"3.0\"\n# the API\nservices:\n  - name: api\n    url: http://127.0.0.1:9000\n    routes:\n      - name: api-1\n        paths: [/]\n        strip_path: false\n        plugins:\n          - name: rate-limiting\n            config:\n              minute: 5 # enough\n          - name: cors\n            config:\n              # asked for by Ann\n              origins:\n                - https://a.example.com\n              credentials: false\n";
    let first = edited(Format::Kong, file).unwrap();
    keeps(file, &first, &["https://a.example.com"]);
    assert!(first.contains("https://b.example.com"), "{first}");
    assert_eq!(edited(Format::Kong, &first).unwrap(), first);
}
