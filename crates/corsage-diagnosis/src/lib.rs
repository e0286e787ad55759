//! Explanations: from a transcript to blockers, console lines and fixes.
