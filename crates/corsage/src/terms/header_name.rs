//! Header names: forbidden, safelisted, non-wildcard.
