//! What visitors ask for.

use super::seed::Seed;

/// Products of the backend's shop.
pub(super) const PRODUCTS: u8 = 24;
/// Products whose pages all visitors open.
const SEEN_BY_ALL: u8 = 10;
/// Products whose pages visitors open, the last of them only those with a cookie.
pub(super) const SEEN: u8 = 12;

/// What an answer is told apart by in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// A page that was opened while all was well.
    Seen,
    /// A page that no visitor has opened, and that the sitemap names.
    Unseen,
    /// A page under an address that no visitor has used.
    New,
    /// The catalogue as JSON.
    Catalogue,
    /// The style sheet.
    Asset,
    /// An order.
    Order,
    /// The visitor's own page.
    Account,
}

impl Ask {
    /// Whether no tool can answer it without the backend.
    pub(super) fn needs_backend(self) -> bool {
        match self {
            Self::New | Self::Order | Self::Account => true,
            Self::Seen | Self::Unseen | Self::Catalogue | Self::Asset => false,
        }
    }
}

/// What the right answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// A page with this text, to its last tag.
    Page(String),
    /// All products.
    Catalogue,
    /// The style sheet.
    Style,
    /// An order of this session.
    Order(String),
}

/// A request, and what its answer has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Errand {
    pub(super) ask: Ask,
    pub(super) target: String,
    pub(super) cookie: Option<String>,
    pub(super) expected: Expected,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    number: u64,
    /// The session in the visitor's cookie; two thirds have none.
    session: Option<String>,
    asked: u64,
}

impl Visitor {
    pub(super) fn new(number: u64) -> Self {
        let session = number.is_multiple_of(3).then(|| format!("visitor-{number}"));
        Self { number, session, asked: 0 }
    }

    pub(super) fn has_cookie(&self) -> bool {
        self.session.is_some()
    }

    /// The next request. Unseen pages stay so until `may_see`; until then the visitor opens a seen
    /// product instead, for which as many numbers are drawn. Of 100 requests there are on average
    /// 20 for the home page, 16 for the list, 32 for the seen products, 5 for unseen ones, 6 under
    /// new addresses, 8 for the catalogue, 4 for the style sheet, 6 orders, and 3 for the account.
    pub(super) fn next(&mut self, seed: &mut Seed, may_see: bool) -> Errand {
        self.asked += 1;
        match seed.below(100) {
            0..20 => self.home(),
            20..36 => self.list(),
            68..73 if may_see => {
                let id = 1 + SEEN + seed.below(PRODUCTS - SEEN);
                Errand { ask: Ask::Unseen, ..self.product(id) }
            }
            36..73 => self.product(1 + seed.below(self.seen())),
            73..79 => {
                let id = 1 + seed.below(PRODUCTS);
                let target = format!("/products/{id}?ref={}-{}", self.number, self.asked);
                Errand { ask: Ask::New, target, ..self.product(id) }
            }
            79..87 => self.catalogue(),
            87..91 => self.style(),
            91..97 => self.order(),
            _ => self.account(),
        }
    }

    /// What a visitor of this kind opens while all is well, so that it has been seen.
    pub(super) fn tour(&self) -> Vec<Errand> {
        let products = (1..=self.seen()).map(|id| self.product(id));
        [self.home(), self.list(), self.catalogue(), self.style()]
            .into_iter()
            .chain(products)
            .collect()
    }

    /// The last of the products whose pages this visitor has seen.
    fn seen(&self) -> u8 {
        if self.has_cookie() { SEEN } else { SEEN_BY_ALL }
    }

    fn home(&self) -> Errand {
        self.page(Ask::Seen, "/", "<h1>T-shirts with a past</h1>")
    }

    fn list(&self) -> Errand {
        self.page(Ask::Seen, "/products", "<h1>All shirts</h1>")
    }

    fn product(&self, id: u8) -> Errand {
        self.page(Ask::Seen, &format!("/products/{id}"), &format!(" data-product=\"{id}\">"))
    }

    fn account(&self) -> Errand {
        let name = self.session.as_deref().unwrap_or("guest");
        self.page(Ask::Account, "/account", &format!("<strong id=\"session\">{name}</strong>"))
    }

    fn page(&self, ask: Ask, target: &str, text: &str) -> Errand {
        self.errand(ask, target, Expected::Page(text.to_owned()))
    }

    fn catalogue(&self) -> Errand {
        self.errand(Ask::Catalogue, "/api/products", Expected::Catalogue)
    }

    fn style(&self) -> Errand {
        self.errand(Ask::Asset, "/assets/style.css", Expected::Style)
    }

    /// Each order has a session of its own, so that one that arrives twice is seen.
    fn order(&self) -> Errand {
        let session = format!("order-{}-{}", self.number, self.asked);
        let cookie = Some(format!("session={session}"));
        let expected = Expected::Order(session);
        Errand { ask: Ask::Order, target: "/api/orders".into(), cookie, expected }
    }

    fn errand(&self, ask: Ask, target: &str, expected: Expected) -> Errand {
        let cookie = self.session.as_ref().map(|session| format!("session={session}"));
        Errand { ask, target: target.to_owned(), cookie, expected }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Ask, Errand, Visitor};
    use crate::bench::peers::seed::Seed;

    fn errands(number: u64) -> Vec<Errand> {
        errands_if(number, true)
    }

    fn errands_if(number: u64, may_see: bool) -> Vec<Errand> {
        let (mut visitor, mut seed) = (Visitor::new(number), Seed::of(1, number));
        (0..2_000).map(|_| visitor.next(&mut seed, may_see)).collect()
    }

    #[test]
    fn pages_count_as_seen_only_if_the_tour_opens_them() {
        for number in [0, 1] {
            let tour = Visitor::new(number).tour();
            let toured: BTreeSet<_> = tour.iter().map(|errand| &errand.target).collect();
            for errand in errands(number) {
                let was_seen = toured.contains(&errand.target);
                assert_eq!(was_seen, !errand.ask.needs_backend() && errand.ask != Ask::Unseen);
            }
        }
    }

    #[test]
    fn unseen_pages_stay_unseen_until_they_may_be_opened() {
        for number in [0, 1] {
            let before = errands_if(number, false);
            assert!(before.iter().all(|errand| errand.ask != Ask::Unseen));
            let differ = |(before, after): (&Errand, Errand)| {
                assert!(*before == after || after.ask == Ask::Unseen, "{before:?} {after:?}");
                usize::from(*before != after)
            };
            let count: usize = before.iter().zip(errands(number)).map(differ).sum();
            assert!((60..140).contains(&count), "{count} of 2,000");
        }
    }

    #[test]
    fn new_addresses_and_orders_are_unique() {
        let all: Vec<_> = (0..6).flat_map(errands).collect();
        for (ask, of) in [
            (Ask::New, (|errand| errand.target.clone()) as fn(&Errand) -> String),
            (Ask::Order, |errand| errand.cookie.clone().unwrap_or_default()),
        ] {
            let those: Vec<_> = all.iter().filter(|errand| errand.ask == ask).map(of).collect();
            assert!(those.len() > 500);
            assert_eq!(those.iter().collect::<BTreeSet<_>>().len(), those.len());
        }
    }

    #[test]
    fn a_third_of_the_visitors_has_a_cookie() {
        let with = (0..40).filter(|number| Visitor::new(*number).has_cookie()).count();
        assert_eq!(with, 14);
        assert!(
            errands(1).iter().all(|errand| { errand.cookie.is_none() || errand.ask == Ask::Order })
        );
    }
}
