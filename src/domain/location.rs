//! Where a visitor probably is, by the public address that he comes from. It stands in where the lead
//! does not say it.

use std::net::IpAddr;
use std::path::PathBuf;

use super::field::Field;
use super::guard;
use super::intake::{StandIn, Submission};
use super::value::Value;
use super::webhook::Private;

/// `[location]` of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// A file in MaxMind's format.
    pub database: PathBuf,
    /// The language of names of cities, as the file has it: `en`, `de`, `pt-BR`.
    pub language: String,
}

/// What the file says of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub city: Option<String>,
    /// The code of the first division of the country: `NC`.
    pub state: Option<String>,
    /// Two letters (ISO 3166-1).
    pub country: Option<String>,
}

impl Submission {
    /// Adds where the visitor is. A postal code is never taken from an address: it would mostly be
    /// the wrong one. Neither are a city and a state for a lead that says another place.
    pub fn locate(&mut self, find: impl FnOnce(IpAddr) -> Option<Place>) {
        let says = |field| self.text(field).is_some();
        let is_placed = [Field::City, Field::State, Field::Zip]
            .into_iter()
            .any(says);
        if is_placed && says(Field::Country) {
            return;
        }
        let address = self.text(Field::IpAddress);
        let address: Option<IpAddr> = address.and_then(|text| text.parse().ok());
        let is_public = |address: &IpAddr| guard::refusal(*address, &Private::Refused).is_none();
        let Some(place) = address.filter(is_public).and_then(find) else {
            return;
        };
        let said = self.text(Field::Country).map(str::to_uppercase);
        let agrees = said.is_none() || said == place.country;
        let within = agrees && !is_placed;
        let found = [
            (Field::City, place.city.filter(|_| within)),
            (Field::State, place.state.filter(|_| within)),
            (Field::Country, place.country),
        ];
        for (field, text) in found {
            let Some(value) = text.map(Value::Text) else {
                continue;
            };
            let from = None;
            self.stand_in(StandIn { field, value, from });
        }
    }
}
