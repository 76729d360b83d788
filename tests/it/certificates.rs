//! Certificates made here and now: an authority, leaves that it signs or that sign themselves, and https servers with them.

use crate::fault_server::FaultServer;
use noticewatch_core::capture::Sha256;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io::Write as _;
use std::sync::Arc;

/// An authority, and the file that names it to `extra_ca`.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub file: tempfile::NamedTempFile,
}

pub fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, "An authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(certificate.pem().as_bytes()).expect("written");
    Authority { issuer: Issuer::new(params, key), file }
}

pub fn leaf(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).expect("parameters")
}

/// A server with this certificate, signed by the authority or by itself, and the fingerprint of the certificate.
pub async fn serve(params: CertificateParams, signed_by: Option<&Authority>) -> (FaultServer, Sha256) {
    let (config, fingerprint) = config(&params, signed_by);
    (FaultServer::start_tls(config).await, fingerprint)
}

/// What a server needs to show this certificate, and its fingerprint.
pub fn config(params: &CertificateParams, signed_by: Option<&Authority>) -> (rustls::ServerConfig, Sha256) {
    let key = KeyPair::generate().expect("a key");
    let certificate = match signed_by {
        Some(authority) => params.signed_by(&key, &authority.issuer),
        None => params.self_signed(&key),
    };
    let der: CertificateDer<'static> = certificate.expect("a certificate").der().clone();
    let fingerprint = Sha256::of(&der);
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![der], key)
        .expect("a usable certificate");
    (config, fingerprint)
}
