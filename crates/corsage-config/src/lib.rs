//! Policy files for Corsage: text to document with spans to PolicyDraft.
