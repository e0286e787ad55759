//! What the two engines say of the demo's scenarios, without a network.

pub(crate) mod calls;
pub(crate) mod exchange;
pub(crate) mod loads;
pub(crate) mod memory_gateway;
pub(crate) mod outcome;
pub(crate) mod places;
pub(crate) mod predict;
pub(crate) mod reasons;
pub(crate) mod rules;
pub(crate) mod sample_api;
pub(crate) mod scenario;
