//! Benchmarks of storing, on texts made here.

fn main() {
    divan::main();
}
