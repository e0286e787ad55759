//! A reverse proxy that wears a CORS policy.
