//! The products of the shop.

use serde_json::{Value, json};

/// This number is raised with every edit of products or page texts, so that validators change with
/// them.
pub(super) const CONTENT_VERSION: u32 = 1;

/// One T-shirt.
#[derive(Debug)]
pub(super) struct Product {
    /// The name.
    pub(super) name: &'static str,
    /// The colour of the cloth, as in CSS.
    pub(super) cloth: &'static str,
    /// The colour of the print, as in CSS.
    pub(super) print: &'static str,
    /// The price in euro cents.
    pub(super) cents: u32,
}

const fn tee(name: &'static str, cloth: &'static str, print: &'static str, cents: u32) -> Product {
    Product { name, cloth, print, cents }
}

/// All products; the id of a product is its position, counted from 1.
const PRODUCTS: [Product; 24] = [
    tee("Midnight Raccoon", "#1f2937", "#e5e7eb", 2400),
    tee("The Getaway", "#b91c1c", "#fef3c7", 2600),
    tee("Finders Keepers", "#047857", "#ecfdf5", 2200),
    tee("Magpie No. 1", "#111827", "#93c5fd", 2800),
    tee("Five Finger Discount", "#f59e0b", "#1c1917", 2400),
    tee("Not My Shirt", "#f3f4f6", "#374151", 2000),
    tee("Cat Burglar", "#3f3f46", "#fbbf24", 2600),
    tee("Lost Property", "#0e7490", "#cffafe", 2200),
    tee("Honest Mistake", "#fafaf9", "#dc2626", 2100),
    tee("Alibi", "#4c1d95", "#ddd6fe", 2700),
    tee("Sticky Fingers", "#be185d", "#fce7f3", 2500),
    tee("Safe Cracker", "#334155", "#a7f3d0", 2900),
    tee("Borrowed Forever", "#a16207", "#fef9c3", 2300),
    tee("The Usual Suspect", "#e7e5e4", "#292524", 2400),
    tee("Decoy", "#15803d", "#f0fdf4", 2200),
    tee("Hot Goods", "#ea580c", "#fff7ed", 2500),
    tee("Loot Bag", "#78350f", "#fde68a", 2300),
    tee("Clean Hands", "#f8fafc", "#0369a1", 2100),
    tee("Nothing To Declare", "#1e40af", "#dbeafe", 2600),
    tee("Inside Job", "#27272a", "#f87171", 2800),
    tee("Evidence Bag", "#cbd5e1", "#0f172a", 2400),
    tee("Crow's Share", "#18181b", "#a78bfa", 2700),
    tee("Good As Gold", "#ca8a04", "#fffbeb", 3000),
    tee("Last One Out", "#0f766e", "#f0fdfa", 2200),
];

/// All products with their ids.
pub(super) fn products() -> impl Iterator<Item = (u8, &'static Product)> {
    (1..).zip(&PRODUCTS)
}

/// The product with this id.
pub(super) fn product(id: u8) -> Option<&'static Product> {
    PRODUCTS.get(usize::from(id).checked_sub(1)?)
}

/// Parses an id in a path. Only the usual form of a number counts, so that a product has one
/// address.
pub(super) fn parse_id(id: &str) -> Option<u8> {
    let parsed: u8 = id.parse().ok()?;
    (product(parsed).is_some() && parsed.to_string() == id).then_some(parsed)
}

impl Product {
    /// The price in the form for people.
    pub(super) fn price(&self) -> String {
        format!("€{}.{:02}", self.cents / 100, self.cents % 100)
    }

    /// The product in the form of the API.
    pub(super) fn view(&self, id: u8) -> Value {
        json!({
            "id": id,
            "name": self.name,
            "price_cents": self.cents,
            "currency": "EUR",
            "url": format!("/products/{id}"),
            "image": format!("/assets/tee-{id}.svg"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_form() {
        assert_eq!(parse_id("1"), Some(1));
        assert_eq!(parse_id("24"), Some(24));
        for id in ["0", "25", "01", "+1", "", "x", "256"] {
            assert_eq!(parse_id(id), None, "{id}");
        }
    }
}
