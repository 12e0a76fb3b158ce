//! The `homeclaw` program.

fn main() -> std::process::ExitCode {
    homeclaw::cli::main()
}
