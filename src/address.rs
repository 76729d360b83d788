//! Which addresses may be fetched: rules against private networks, for literals in every spelling and for names.
//!
//! Pure: it judges addresses that others resolved, and resolves none.
