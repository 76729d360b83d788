//! Tests of the whole: the engine that `check`, `watch` and `demo` turn, against servers that misbehave, on a driven
//! clock; and the real program, as its user meets it.

mod adding;
mod cadence;
mod changes;
mod clocks;
mod corrections;
mod courtesy;
mod decisions;
mod evidence;
mod faults;
mod figures;
mod first_steps;
mod kills;
mod letters;
mod listeners;
mod mail_faults;
mod notifiers;
mod outbox;
mod papers;
mod process;
mod refusals;
mod rendered;
mod service;
mod settings;
mod sight;
mod subscriptions;
mod takeovers;
mod thrift;
mod upkeep;
mod words;
pub mod world;
