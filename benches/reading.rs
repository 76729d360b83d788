//! Benchmarks of reading, on texts made here.

fn main() {
    divan::main();
}
