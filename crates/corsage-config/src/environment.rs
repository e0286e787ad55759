//! `CORSAGE_*`: the variables that set the gateway's scalars.

use crate::decode::Setting;
use crate::settings::GatewaySettings;

/// Every variable, with the path of the field that it sets.
pub(crate) fn scalars() -> Vec<(String, Vec<&'static str>)> {
    let mut found = Vec::new();
    GatewaySettings::scalars(&mut Vec::new(), &mut found);
    found
        .into_iter()
        .map(|scalar| {
            let name = format!("CORSAGE_{}", scalar.path.join("_").to_uppercase());
            let mut path = vec!["gateway"];
            path.extend(scalar.path);
            (name, path)
        })
        .collect()
}

/// Every variable of the environment that sets something, and the field that it sets, in the order of
/// the documentation: `("CORSAGE_LOG_LEVEL", "gateway.log.level")`.
#[must_use]
pub fn variables() -> Vec<(String, String)> {
    scalars().into_iter().map(|(name, path)| (name, path.join("."))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_has_one_meaning() {
        let mut names: Vec<String> = variables().into_iter().map(|(name, _)| name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.contains(&"CORSAGE_LISTEN".to_owned()));
        assert!(names.contains(&"CORSAGE_TIMEOUTS_UPSTREAM_CONNECT".to_owned()));
    }
}
