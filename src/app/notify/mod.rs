//! From findings and troubles to letters that arrive.

pub mod board;
pub mod channels;
pub mod correction;
pub mod coverage;
pub mod delivery_queue;
pub mod dispatch;
pub mod earlier_changes;
pub mod letter_content;
pub mod mail_envelope;
pub mod notices;
pub mod notification_log;
pub mod outbox;
pub mod outgoing;
pub mod recipient;
pub mod runs;
pub mod surroundings;
pub mod test_letter;
pub mod troubles;
pub mod unmade_letters;
