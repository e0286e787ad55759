//! Which product a piece of configuration is for, by the words in it.

use crate::document::{Entry, Node, Value};
use crate::formats::cloud::{Names, Product, gateway};
use crate::formats::{cloudfront, gcs, kong, s3};
use crate::{NotRead, Program, Refused, Why};

/// The program of an entry under one of the keys of CORS; nothing where what is known stands deeper in it.
pub(super) fn program(
    key: &str,
    around: &Node,
    entry: &Entry,
) -> Result<Option<Box<dyn Program>>, NotRead> {
    if let Value::Unread(why) = entry.node.value {
        let span = entry.node.span.clone();
        return Err(NotRead::refused(Refused::new(span, key, why)));
    }
    let all = around.each(key);
    let Some(first) = all.first().copied() else { return Ok(None) };
    let has = |name: &str| first.get(name).is_some();
    // `site_config` of Azure's web and function apps.
    let is_app_service = first
        .entries()
        .iter()
        .all(|entry| matches!(entry.key.as_str(), "allowed_origins" | "support_credentials"));
    if key == "cors" && has("allowed_origins") && is_app_service {
        let app = gateway(first, &Names::APP_SERVICE, Product::AppService)?;
        return Ok(Some(Box::new(app)));
    }
    if has("allowed_origins") || has("allowed_methods") {
        let is_azure = has("max_age_in_seconds") || has("exposed_headers");
        #[cfg(feature = "xml")]
        if is_azure {
            return crate::formats::azure::rules(&all).map(Some);
        }
        #[cfg(not(feature = "xml"))]
        if is_azure {
            return Err(NotRead::refused(Refused::new(first.span.clone(), key, Why::NoReader)));
        }
        return s3::terraform(&all).map(Some);
    }
    if has("origin") && has("method") {
        return gcs::bucket(all.into_iter(), &gcs::Names::TERRAFORM).map(Some);
    }
    if has("access_control_allow_origins") {
        return cloudfront::policy(first, &cloudfront::Names::SNAKE).map(Some);
    }
    if ["allow_origins", "allow_methods", "allow_headers"].iter().any(|name| has(name)) {
        let product = if key == "cors" { Product::FunctionUrl } else { Product::HttpApi };
        return Ok(Some(Box::new(gateway(first, &Names::SNAKE, product)?)));
    }
    let is_deeper = first
        .entries()
        .iter()
        .any(|entry| !entry.node.entries().is_empty() || !entry.node.items().is_empty());
    if is_deeper {
        return Ok(None);
    }
    Err(NotRead::refused(Refused::new(entry.key_span.clone(), key, Why::NotModelled)))
}

/// The plugin of Kong's provider.
pub(super) fn kong(config: &Node) -> Result<Box<dyn Program>, NotRead> {
    Ok(kong::everywhere(kong::Cors::of(Some(config))?))
}

/// The rules of a bucket at Cloudflare.
pub(super) fn r2(rules: &[&Node]) -> Result<Box<dyn Program>, NotRead> {
    s3::r2(rules)
}
