//! CORS as a tower Layer, for axum, tonic, hyper and tower.
