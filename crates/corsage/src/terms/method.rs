//! [Methods](https://fetch.spec.whatwg.org/#methods): normalised, safelisted, forbidden.
