//! When a receiver's certificate expires. Asked on a connection of its own, which says nothing: the
//! HTTP client does not tell the certificates that it has seen.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, Error};

use super::target::Target;
use super::trust;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Receiver;

/// For the whole handshake.
const LIMIT: Duration = Duration::from_secs(5);
/// A time at which every certificate has expired: the year 9000.
const FAR: Duration = Duration::from_secs(221_845_392_000);

/// The end of the certificate that a receiver at this address shows; none where it cannot be had.
pub(super) fn of(receiver: &Receiver, target: &Target, address: SocketAddr) -> Option<Timestamp> {
    let roots = Arc::new(trust::store(receiver.ca_pem.as_deref()).ok()?);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(Arc::clone(&roots))
        .with_no_client_auth();
    let name = ServerName::try_from(target.host.clone()).ok()?;
    let mut connection = ClientConnection::new(Arc::new(config), name.clone()).ok()?;
    shake_hands(&mut connection, address).ok()?;
    let (end_entity, intermediates) = connection.peer_certificates()?.split_first()?;
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider);
    let verifier = verifier.build().ok()?;
    let far = UnixTime::since_unix_epoch(FAR);
    match verifier.verify_server_cert(end_entity, intermediates, &name, &[], far) {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            Some(Timestamp(not_after.as_secs().saturating_mul(1000)))
        }
        _ => None,
    }
}

fn shake_hands(connection: &mut ClientConnection, address: SocketAddr) -> io::Result<()> {
    let until = Instant::now() + LIMIT;
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    while connection.is_handshaking() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        stream.set_write_timeout(Some(left))?;
        while connection.wants_write() {
            connection.write_tls(&mut stream)?;
        }
        if connection.is_handshaking() {
            if connection.read_tls(&mut stream)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            connection.process_new_packets().map_err(io::Error::other)?;
        }
    }
    Ok(())
}
