//! What is counted in Envoy's statistics.
//!
//! Names have no labels where something is counted with every exchange: Envoy looks labels up by their values, which
//! takes longer than the decision.

use corsage::server::RefusalKind;

/// A counter that Envoy has given a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CounterId(pub(crate) usize);

macro_rules! counters {
    ($($field:ident = $name:literal $labels:expr, $doc:literal;)*) => {
        /// The counters of a filter.
        #[derive(Clone, Debug)]
        pub(crate) struct Counters {
            $(#[doc = $doc] pub(crate) $field: CounterId,)*
            /// Refusals, by their reason.
            refused: Vec<(RefusalKind, CounterId)>,
        }

        impl Counters {
            /// Defines all of them.
            pub(crate) fn define<E>(
                mut define: impl FnMut(&str, &[&str]) -> Result<CounterId, E>,
            ) -> Result<Self, E> {
                let refused = RefusalKind::ALL.iter().map(|kind| {
                    let name = format!("corsage_refused_{}", kind.as_str().replace('-', "_"));
                    Ok((*kind, define(&name, &[])?))
                });
                let refused = refused.collect::<Result<_, E>>()?;
                Ok(Self { $($field: define($name, &$labels)?,)* refused })
            }

            /// That of a reason.
            pub(crate) fn refused(&self, reason: RefusalKind) -> Option<CounterId> {
                let found = self.refused.iter().find(|(kind, _)| *kind == reason);
                found.map(|(_, counter)| *counter)
            }
        }
    };
}

counters! {
    not_cors = "corsage_not_cors" [], "Passed on; no business of CORS.";
    shared = "corsage_shared" [], "Passed on; the page may read the response.";
    withheld = "corsage_withheld" [], "Passed on; the page may not.";
    preflight_granted = "corsage_preflight_granted" [], "A preflight, granted here.";
    preflight_refused = "corsage_preflight_refused" [], "A preflight, refused here.";
    blocked = "corsage_blocked" [], "Answered with 403: a write, or a WebSocket, from elsewhere.";
    upstream_cors = "corsage_upstream_cors" [], "The upstream had set CORS headers itself.";
    panicked = "corsage_panicked" [], "A fault of this module, answered with 500.";
    shadow_differs = "corsage_shadow_differs" ["policy", "enforced", "shadow"],
        "The policy that is tried out would have decided otherwise.";
}
