//! Tests of the whole: the engine that `check`, `watch` and `demo` turn, against servers that misbehave, on a driven
//! clock; and the real program, as its user meets it.

mod breaks;
mod changes;
mod kills;
mod letters;
mod papers;
mod process;
mod rendered;
mod thrift;
mod words;
mod world;
