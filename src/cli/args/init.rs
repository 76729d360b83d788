//! Arguments of `init`.

use crate::app::error::Failure;

/// What is known already; the rest is asked for on a terminal.
#[derive(Clone, Debug, clap::Args)]
pub struct InitArgs {
    /// Whom a site's operator can write to about our visits: a mail or https address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) contact: Option<String>,
    /// Who is told of what only the operator can mend
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) operator: Option<String>,
    /// The time zone of schedules [default: this machine's]
    #[arg(long, value_name = "IANA NAME")]
    pub(crate) time_zone: Option<String>,
    /// The mail server [default: none, letters are written as files]
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Its port [default: 465]
    #[arg(long, requires = "host")]
    pub(crate) port: Option<u16>,
    /// implicit, starttls or none [default: as the port has it]
    #[arg(long, requires = "host")]
    pub(crate) tls: Option<String>,
    /// The user name at the mail server [default: no login]
    #[arg(long, value_name = "NAME", requires = "host")]
    pub(crate) username: Option<String>,
    /// The file that holds the password [default: the systemd credential smtp-password]
    #[arg(long, value_name = "FILE", requires = "username")]
    pub(crate) password_file: Option<String>,
    /// The sender [default: the contact]
    #[arg(long, value_name = "ADDRESS", requires = "host")]
    pub(crate) from: Option<String>,
    /// Who gets letters about everything (may be given more than once)
    #[arg(long = "to", value_name = "ADDRESS")]
    pub(crate) recipients: Vec<String>,
    /// A page on a private network that may be asked (may be given more than once)
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) allow: Vec<String>,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
    /// Then send the test letter [on a terminal: asks]
    #[arg(long)]
    pub(crate) send_test: bool,
    /// Then look at every page once, and show what each service promises [on a terminal: asks]
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn port(answer: Option<String>) -> Result<Option<u16>, Failure> {
    let number = answer.map(|text| text.parse().map_err(|_| Failure::Usage(format!("{text} is no port"))));
    Ok(number.transpose()?.filter(|port| *port != 465))
}
