//! Questions to whoever sits at the terminal, one line each, with the usual answer behind them. What is asked, and what
//! the answers lead to, is not known here.

use super::terminal::FAINT;
use crate::app::error::Failure;
use std::io::{BufRead, Write};

/// Where answers come from, and where questions are shown.
pub struct Questions<'a> {
    answers: &'a mut dyn BufRead,
    shown: &'a mut dyn Write,
}

impl<'a> Questions<'a> {
    /// Asks there.
    pub fn new(answers: &'a mut dyn BufRead, shown: &'a mut dyn Write) -> Self {
        Self { answers, shown }
    }

    /// One question; an empty answer means the usual one, if there is one.
    ///
    /// # Errors
    /// The answer cannot be read.
    pub fn answer(&mut self, question: &str, usual: &str) -> Result<Option<String>, Failure> {
        let text = self.line(question, usual)?;
        let text = if text.trim().is_empty() { usual } else { text.trim() };
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    /// A question that a return alone answers with yes, and the end of all answers with no.
    ///
    /// # Errors
    /// The answer cannot be read.
    pub fn yes(&mut self, question: &str) -> Result<bool, Failure> {
        loop {
            let text = self.line(question, "Y/n")?;
            match text.trim().to_lowercase().as_str() {
                "" => return Ok(!text.is_empty()),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    /// What was typed, with its line end; nothing where no more comes.
    fn line(&mut self, question: &str, hint: &str) -> Result<String, Failure> {
        let hint = if hint.is_empty() { String::new() } else { format!(" {FAINT}[{hint}]{FAINT:#}") };
        let mut text = String::new();
        write!(self.shown, "{question}{hint}: ")
            .and_then(|()| self.shown.flush())
            .and_then(|()| self.answers.read_line(&mut text))
            .map_err(|error| Failure::Io(format!("the answer cannot be read: {error}")))?;
        if text.is_empty() {
            // Nobody ended this line.
            let _ = writeln!(self.shown);
        }
        Ok(text)
    }
}
