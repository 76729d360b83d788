//! Benchmarks of comparing, on texts made here.

fn main() {
    divan::main();
}
