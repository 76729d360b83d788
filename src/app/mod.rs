//! The application: use cases between the core and the world.

pub mod analysis;
pub mod client;
pub mod collect;
pub mod context;
pub mod decisions;
pub mod due;
pub mod engine;
pub mod error;
pub mod evidence;
pub mod export;
pub mod heartbeat;
pub mod import;
pub mod json;
pub mod local_page;
pub mod maintenance;
pub mod marks;
pub mod metrics;
pub mod notify;
pub mod open;
pub mod paths;
pub mod preflight;
pub mod provenance;
pub mod secrets;
pub mod skipped_runs;
pub mod text;
pub mod version;
