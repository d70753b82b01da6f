//! Leads, contacts and products of each data centre, generated from the seed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::changes::{Edit, Module, Record};
use super::random::Random;
use super::server::FakeZoho;
use super::{countries, date};
use crate::oauth::profile::Region;

/// Modules by API name, with the number of generated records.
const MODULES: [(&str, Module, u64); 3] =
    [("Leads", Module::Leads, 240), ("Contacts", Module::Contacts, 130), ("Products", Module::Products, 48)];

const FIRST_NAMES: [&str; 16] = [
    "Aiko", "Amara", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hana", "Ingrid", "Joao",
    "Kavya", "Liam", "Noor", "Priya", "Tomas",
];
const LAST_NAMES: [&str; 16] = [
    "Abbott",
    "Bianchi",
    "Chen",
    "Dubois",
    "Eriksen",
    "Fernandes",
    "Gupta",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lopez",
    "Mbeki",
    "Nakamura",
    "Okafor",
    "Schmidt",
];
const COMPANIES: [&str; 12] = [
    "Alder Freight",
    "Bluefin Foods",
    "Cobalt Tools",
    "Delta Optics",
    "Ember Ceramics",
    "Fjord Textiles",
    "Granite Lab",
    "Harbour Print",
    "Indigo Power",
    "Juniper Health",
    "Kestrel Travel",
    "Lumen Glass",
];
const SOURCES: [&str; 5] = ["Advertisement", "Cold Call", "Trade Show", "Web Research", "Partner"];
const STATUSES: [&str; 5] =
    ["Attempted to Contact", "Contact in Future", "Contacted", "Not Contacted", "Pre-Qualified"];
const PRODUCTS: [&str; 12] = [
    "Bench Vice",
    "Cargo Scale",
    "Desk Lamp",
    "Field Kit",
    "Glass Jar",
    "Label Printer",
    "Pallet Jack",
    "Relay Board",
    "Soil Probe",
    "Torque Key",
    "Water Pump",
    "Work Glove",
];
const DAY: u64 = 86_400;

impl Module {
    pub(super) fn find(api_name: &str) -> Option<Self> {
        MODULES.iter().find(|(name, _, _)| *name == api_name).map(|(_, module, _)| *module)
    }

    fn row(self) -> (&'static str, u64) {
        let row = MODULES.iter().find(|(_, module, _)| *module == self);
        row.map_or(("", 0), |(name, _, count)| (name, *count))
    }

    pub(super) fn name(self) -> &'static str {
        self.row().0
    }
}

/// The id of the record that was created as the `index`th.
pub(super) fn id(region: &Region, module: Module, index: u64) -> String {
    let serial = index.saturating_mul(4).saturating_add(501_001);
    format!("{}{:05}{serial:06}", countries::country_of(region).number, module as u8)
}

/// The `Owner` of a record.
pub(super) fn owner(region: &Region, email: &str) -> Value {
    let id = format!("{}{:011}", countries::country_of(region).number, 31_001);
    json!({ "id": id, "name": email.split('@').next(), "email": email })
}

impl FakeZoho {
    /// All records of a module, newest first.
    pub(super) fn records(&self, region: &'static Region, module: Module) -> Vec<Record> {
        let (_, count) = module.row();
        let mut records: BTreeMap<String, Record> = (0..count)
            .map(|index| {
                (id(region, module, index), generated(self.seed, region, module, index, self.started))
            })
            .collect();
        for (id, edit) in self.edits_of(region, module) {
            match edit {
                Edit::Written(record) => records.insert(id.to_owned(), record.clone()),
                Edit::Deleted(_) => records.remove(id),
            };
        }
        records.into_values().rev().collect()
    }

    /// The entries of the list of deleted records.
    pub(super) fn deletions(&self, region: &'static Region, module: Module) -> Vec<Record> {
        let deleted = self.edits_of(region, module).filter_map(|(_, edit)| match edit {
            Edit::Written(_) => None,
            Edit::Deleted(entry) => Some(entry.clone()),
        });
        deleted.collect()
    }

    fn edits_of(&self, region: &'static Region, module: Module) -> impl Iterator<Item = (&str, &Edit)> {
        self.edits
            .iter()
            .filter(move |((location, edited, _), _)| {
                (*location, *edited) == (region.location.as_str(), module)
            })
            .map(|((_, _, id), edit)| (id.as_str(), edit))
    }

    /// The id of the next record to create.
    pub(super) fn next_id(&self, region: &'static Region, module: Module) -> String {
        let (_, count) = module.row();
        let first = id(region, module, count);
        let made = self.edits_of(region, module).filter(|(written, _)| *written >= first.as_str());
        id(region, module, count.saturating_add(made.count() as u64))
    }
}

fn generated(seed: u64, region: &Region, module: Module, index: u64, now: u64) -> Record {
    let country = countries::country_of(region);
    let mut random = Random::new(
        seed ^ u64::from(country.number).wrapping_shl(32) ^ (module as u64).wrapping_shl(24) ^ index,
    );
    // A lower id was created earlier, and each record was last modified at some time since.
    let age = (250_u64.saturating_sub(index)).saturating_mul(DAY).saturating_sub(random.below(DAY));
    let created = now.saturating_sub(age);
    let modified = created.saturating_add(random.below(age));
    let mut record = match module {
        Module::Leads | Module::Contacts => person(&mut random, country, module),
        Module::Products => product(&mut random, index),
    };
    for (name, value) in [
        ("id", Value::from(id(region, module, index))),
        ("Owner", owner(region, "owner@example.com")),
        ("Created_Time", date::iso8601(created, country.zone).into()),
        ("Modified_Time", date::iso8601(modified, country.zone).into()),
    ] {
        record.insert(name.to_owned(), value);
    }
    record
}

fn person(random: &mut Random, country: &countries::Country, module: Module) -> Record {
    let (first, last) = (random.pick(&FIRST_NAMES), random.pick(&LAST_NAMES));
    let company = random.pick(&COMPANIES);
    let domain = company.to_ascii_lowercase().replace(' ', "-");
    let mut fields = json!({
        "First_Name": first,
        "Last_Name": last,
        "Full_Name": format!("{first} {last}"),
        "Email": format!("{}.{}@{domain}.example", first.to_ascii_lowercase(), last.to_ascii_lowercase()),
        "Phone": format!("555-01{:02}", random.below(100)),
        "Lead_Source": random.pick(&SOURCES),
    });
    let city = random.pick(&country.cities);
    let more = match module {
        Module::Contacts => json!({
            "Account_Name": { "name": company, "id": format!("{}00009{:06}", country.number, 700_000_u64.saturating_add(random.below(1000))) },
            "Mailing_City": city,
            "Mailing_Country": country.name,
        }),
        Module::Leads | Module::Products => json!({
            "Company": company,
            "Lead_Status": random.pick(&STATUSES),
            "City": city,
            "Country": country.name,
            "Annual_Revenue": random.below(900).saturating_add(100).saturating_mul(1000),
        }),
    };
    let mut record = Record::new();
    for part in [fields.as_object_mut().map(std::mem::take), more.as_object().cloned()] {
        record.extend(part.unwrap_or_default());
    }
    record
}

fn product(random: &mut Random, index: u64) -> Record {
    let name = format!(
        "{} {}",
        random.pick(&PRODUCTS),
        ["S", "M", "L", "XL"].get((index & 3) as usize).unwrap_or(&"M")
    );
    let fields = json!({
        "Product_Name": name,
        "Product_Code": format!("P-{:04}", index.saturating_add(1)),
        "Product_Active": random.below(10) > 0,
        "Unit_Price": random.below(50_000).saturating_add(500) as f64 / 100.0,
        "Qty_in_Stock": random.below(500),
    });
    fields.as_object().cloned().unwrap_or_default()
}
