//! [Subresource Integrity](https://w3c.github.io/webappsec-subresource-integrity/): do bytes match metadata?

use base64::Engine as _;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// [Do bytes match metadataList?](https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist)
///
/// Whether a body's bytes are among those that the metadata allows; metadata that names no known algorithm
/// allows all.
///
/// ```
/// use corsage_client::does_body_match_integrity;
/// let metadata = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
/// assert!(does_body_match_integrity(metadata, b"hello"));
/// assert!(!does_body_match_integrity(metadata, b"hello!"));
/// ```
#[must_use]
pub fn does_body_match_integrity(metadata: &str, bytes: &[u8]) -> bool {
    let items = metadata.split_ascii_whitespace().filter_map(|item| item.split_once('-'));
    let known: Vec<(usize, &str)> =
        items.filter_map(|(name, digest)| Some((strength(name)?, digest))).collect();
    let Some(strongest) = known.iter().map(|(strength, _)| *strength).max() else { return true };
    let digest = match strongest {
        0 => Sha256::digest(bytes).to_vec(),
        1 => Sha384::digest(bytes).to_vec(),
        _ => Sha512::digest(bytes).to_vec(),
    };
    let wanted = base64::engine::general_purpose::STANDARD_NO_PAD.encode(digest);
    // Options after `?` are for the future; base64 may come in its URL alphabet, and without padding.
    let same = |text: &str| {
        let text = text.split('?').next().unwrap_or_default();
        text.trim_end_matches('=').replace('-', "+").replace('_', "/") == wanted
    };
    known.iter().any(|(strength, digest)| *strength == strongest && same(digest))
}

fn strength(algorithm: &str) -> Option<usize> {
    ["sha256", "sha384", "sha512"].iter().position(|known| known.eq_ignore_ascii_case(algorithm))
}

#[cfg(test)]
mod tests {
    use super::does_body_match_integrity as matches;

    #[test]
    fn strongest_algorithm_decides() {
        let sha256 = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
        assert!(matches(sha256, b"hello"));
        assert!(matches(sha256.trim_end_matches('='), b"hello"));
        assert!(!matches(sha256, b"hello!"));
        assert!(!matches(&format!("{sha256} sha512-AAAA"), b"hello"));
        assert!(matches("md5-x", b"hello"));
    }
}
