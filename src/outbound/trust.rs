//! Whom a receiver's certificate has to come from: the system's authorities, or those of `ca_file`.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

type Certificates = Arc<Vec<Certificate<'static>>>;

/// The system's certificates once they were read; a failure is not kept, so that a reload of the
/// config finds what was installed since.
static SYSTEM: Mutex<Option<Certificates>> = Mutex::new(None);

/// The certificates to trust: those in `ca_pem` and no others, or else the system's.
pub(super) fn roots(ca_pem: Option<&[u8]>) -> Result<RootCerts, String> {
    certificates(ca_pem).map(RootCerts::Specific)
}

/// The same, as rustls alone wants them.
pub(super) fn store(ca_pem: Option<&[u8]>) -> Result<RootCertStore, String> {
    let certificates = certificates(ca_pem)?;
    let mut store = RootCertStore::empty();
    // Of the system's, those that rustls cannot read are of no use to anybody.
    store.add_parsable_certificates(
        certificates
            .iter()
            .map(|certificate| CertificateDer::from(certificate.der())),
    );
    Ok(store)
}

fn certificates(ca_pem: Option<&[u8]>) -> Result<Certificates, String> {
    match ca_pem {
        Some(pem) => of_pem(pem),
        None => of_system(),
    }
}

fn of_pem(pem: &[u8]) -> Result<Certificates, String> {
    let mut certificates = Vec::new();
    let mut store = RootCertStore::empty();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => {
                let der = CertificateDer::from(certificate.der());
                store.add(der).map_err(|error| {
                    let number = certificates.len() + 1;
                    format!("certificate {number} in ca_file cannot be read: {error}")
                })?;
                certificates.push(certificate);
            }
            Ok(_) => {
                return Err("ca_file holds a private key; only certificates belong there".into());
            }
            Err(_) => return Err("ca_file is not in PEM form".into()),
        }
    }
    if certificates.is_empty() {
        return Err("ca_file holds no certificate (-----BEGIN CERTIFICATE-----)".into());
    }
    Ok(Arc::new(certificates))
}

fn of_system() -> Result<Certificates, String> {
    let mut system = SYSTEM.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(certificates) = &*system {
        return Ok(Arc::clone(certificates));
    }
    let loaded = rustls_native_certs::load_native_certs();
    let certificates: Vec<_> = loaded
        .certs
        .iter()
        .map(|der| Certificate::from_der(der).to_owned())
        .collect();
    if certificates.is_empty() {
        let cause = loaded.errors.first().map(|error| format!(" ({error})"));
        return Err(format!(
            "this system has no certificate authorities{}; install the package ca-certificates, or \
             set ca_file",
            cause.unwrap_or_default()
        ));
    }
    let certificates = Arc::new(certificates);
    *system = Some(Arc::clone(&certificates));
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_said_so() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (pem, word) in [
            ("", "no certificate"),
            ("hello", "no certificate"),
            (broken, "cannot be read"),
            ("-----BEGIN CERTIFICATE-----\nÄ\n", "PEM"),
        ] {
            let error = roots(Some(pem.as_bytes())).expect_err(pem);
            assert!(error.contains(word), "{error}");
        }
    }
}
