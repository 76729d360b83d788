//! Time stamps (RFC 3161): the request for a digest, and what an authority's response says.
//!
//! Knows octets only; how they go to the authority and come back is the caller's. The signature is not checked here:
//! whoever relies on a stamp does that with `openssl ts -verify`, and with the authority's own certificate.

use cms::cert::x509::spki::AlgorithmIdentifier;
use cms::signed_data::SignedData;
use der::asn1::{AnyRef, Int, ObjectIdentifier, OctetString};
use der::oid::db::rfc5912::ID_SHA_256;
use der::{Any, Decode, Encode, Reader, SliceReader, Tag, Tagged};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use noticewatch_core::capture::Sha256;
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion};

/// The media type of a request.
pub const QUERY: &str = "application/timestamp-query";
/// The media type of a response.
pub const REPLY: &str = "application/timestamp-reply";

/// Why a stamp is none.
#[derive(Debug, thiserror::Error)]
pub enum TsaError {
    /// The response cannot be read.
    #[error("the answer is no time stamp response ({0}); look whether [stamp] url is an RFC 3161 authority")]
    Unreadable(#[from] der::Error),
    /// The authority gave none.
    #[error("the authority gave no stamp: status {0}; ask whoever runs it")]
    Refused(u8),
    /// The stamp is for something else.
    #[error("the stamp is for another digest or request than ours; look what stands between here and the authority")]
    Other,
}

/// The request for a stamp on a digest (DER), with the certificates. `nonce` tells requests apart.
///
/// # Errors
/// Never for these values.
pub fn request(digest: &Sha256, nonce: [u8; 8]) -> Result<Vec<u8>, TsaError> {
    Ok(TimeStampReq {
        version: TspVersion::V1,
        message_imprint: imprint(digest)?,
        req_policy: None,
        nonce: Some(number(nonce)?),
        cert_req: true,
        extensions: None,
    }
    .to_der()?)
}

/// The time that a response states for a digest.
///
/// # Errors
/// The response is no stamp, or one of something else.
pub fn time(response: &[u8], digest: &Sha256, nonce: [u8; 8]) -> Result<Timestamp, TsaError> {
    let mut reader = SliceReader::new(response)?;
    let response = TimeStampResp::decode(&mut reader)?;
    reader.finish(())?;
    let token = response.time_stamp_token.ok_or(TsaError::Refused(response.status.status as u8))?;
    let signed: SignedData = token.content.decode_as()?;
    let content = signed.encap_content_info.econtent.ok_or(TsaError::Other)?;
    let info = Info::of(content.decode_as::<OctetString>()?.as_bytes())?;
    let ours = imprint(digest)?;
    let same = info.imprint.hashed_message == ours.hashed_message
        && info.imprint.hash_algorithm.oid == ours.hash_algorithm.oid;
    if !same || info.nonce != Some(number(nonce)?) {
        return Err(TsaError::Other);
    }
    info.time.ok_or(TsaError::Other)
}

/// What a stamp says (`TSTInfo`), as far as it is read here. By hand, because the type of the crate takes no fractions of
/// a second, which RFC 3161 allows and authorities send.
struct Info {
    imprint: MessageImprint,
    time: Option<Timestamp>,
    nonce: Option<Int>,
}

impl Info {
    fn of(octets: &[u8]) -> Result<Self, der::Error> {
        AnyRef::from_der(octets)?.sequence(|fields| {
            TspVersion::decode(fields)?;
            ObjectIdentifier::decode(fields)?;
            let imprint = MessageImprint::decode(fields)?;
            Int::decode(fields)?;
            let time = utc(AnyRef::decode(fields)?.value());
            let mut nonce = None;
            // Of what may follow only the nonce is a number.
            while !fields.is_finished() {
                let field = AnyRef::decode(fields)?;
                if field.tag() == Tag::Integer {
                    nonce = Some(field.decode_as()?);
                }
            }
            Ok(Self { imprint, time, nonce })
        })
    }
}

/// The whole seconds of a `GeneralizedTime` in UTC: `20261123110000.25Z`.
fn utc(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let time = DateTime::strptime("%Y%m%d%H%M%S", text.split('.').next()?).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn imprint(digest: &Sha256) -> Result<MessageImprint, TsaError> {
    Ok(MessageImprint {
        hash_algorithm: AlgorithmIdentifier { oid: ID_SHA_256, parameters: Some(Any::null()) },
        hashed_message: OctetString::new(digest.0.as_slice())?,
    })
}

/// A positive number in as few octets as DER wants.
fn number(mut nonce: [u8; 8]) -> Result<Int, TsaError> {
    nonce[0] = nonce[0] & 0x7f | 0x40;
    Ok(Int::new(&nonce)?)
}
