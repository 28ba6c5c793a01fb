//! What the status pages say, in one language.
//!
//! The texts of a language are a file of `www/status/locales`. It is checked when a site is
//! compiled, which writes it as a plain list, so that the Worker has each text where the templates
//! name it, and nothing is looked up.

mod file;
#[cfg(feature = "toml")]
mod parse;

use alloc::vec::Vec;

pub use file::StatusTextFile;

use crate::base::locale;

/// Declares the texts, each with the names of the places that are filled in.
macro_rules! texts {
    ($($(#[$about:meta])* $key:ident [$($place:ident)*])*) => {
        /// The texts of one language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct StatusTexts<'a> {
            /// The language, such as `en`.
            pub lang: &'a str,
            $($(#[$about])* pub(super) $key: &'a str,)*
        }

        /// How many texts a language has.
        pub const STATUS_TEXTS: usize = [$(stringify!($key)),*].len();

        /// The key of each text in its file, and the places that it must have, in order.
        #[cfg(feature = "toml")]
        const KEYS: [(&str, &[&str]); STATUS_TEXTS] =
            [$((stringify!($key), &[$(stringify!($place)),*])),*];

        impl<'a> StatusTexts<'a> {
            /// The texts of a language from the list that a compiled site has.
            pub const fn from_list(lang: &'a str, texts: [&'a str; STATUS_TEXTS]) -> Self {
                let [$($key),*] = texts;
                Self { lang, $($key),* }
            }
        }
    };
}

texts! {
    language []
    decimal []
    percent [n]
    date [day month year]
    date_time [date time]
    time_of_day [time]
    hour [day month time]
    month_year [month year]
    months_short []
    months_long []
    and [a b]
    more_names [n]
    days [n]
    hours [n]
    minutes [n]
    milliseconds [n]

    title [site]
    description [site]
    skip []
    state_of [site]
    updated [time]
    stale []
    stale_text [time]
    offline []

    state_operational []
    state_under_maintenance []
    state_unknown []
    state_degraded_performance []
    state_partial_outage []
    state_major_outage []
    state_no_data []

    is_operational_one [names]
    is_operational_many [names]
    is_under_maintenance_one [names]
    is_under_maintenance_many [names]
    is_unknown_one [names]
    is_unknown_many [names]
    is_degraded_performance_one [names]
    is_degraded_performance_many [names]
    is_partial_outage_one [names]
    is_partial_outage_many [names]
    is_major_outage_one [names]
    is_major_outage_many [names]

    all_operational []
    all_under_maintenance []
    all_unknown []
    all_degraded_performance []
    all_partial_outage []
    all_major_outage []
    some_under_maintenance []
    some_unknown []
    some_degraded_performance []
    some_partial_outage []
    some_major_outage []

    now_heading []
    maintenance_now []
    maintenance_next []
    maintenance_whole []
    maintenance_parts []
    maintenance_recurring []
    maintenance_moved []
    maintenance_more_one [n]
    maintenance_more_many [n]

    parts_heading []
    others_heading []
    others_text []
    days_label [n name]
    day_text [date state uptime]
    day_state [date state]
    days_ago [n]
    today []
    uptime [percent]
    uptime_none []
    trouble_one [n]
    trouble_many [n]
    formula_heading []
    formula_shares []
    formula_weights []
    formula_left_out []

    response [average highest]
    response_table []
    hours_ago [n]
    now []
    table_hour []
    table_average []

    visitors_heading []
    visitors_text []
    visitors_checks []
    visitors_since [time]
    visitors_chart [n]
    visitors_table []
    source_origin []
    source_copies []
    source_snapshots []
    source_fallbacks []
    source_other []
    source_errors []
    got_origin [share]
    got_copies [share]
    got_snapshots [share]
    got_fallbacks [share]
    got_other [share]
    got_errors [share]

    incident_unnamed []
    incident_affects [names]
    incident_since [time]
    incident_edited [time]
    incident_investigating []
    incident_identified []
    incident_monitoring []
    incident_resolved []
    incident_postmortem []
    incident_found []
    incident_recovered []
    incident_closed []
    postmortem_heading []

    recent_heading []
    recent_none [n]
    history_link []
    history_title [month]
    history_none []
    history_earlier [month]
    history_later [month]

    subscribe_heading []
    subscribe_text []
    subscribe_email []
    subscribe_email_button []
    subscribe_webhook []
    subscribe_webhook_button []
    subscribe_parts []

    footer_follow []
    footer_calendar []
    footer_text []
    footer_language []
    times_utc []
    times_local [zone]

    missing_title []
    missing_text []
}

impl<'a> StatusTexts<'a> {
    /// The texts for a reader: in the language of the address (`?lang=de`) if the site speaks it,
    /// else in the one that `Accept-Language` asks for, else in the first. `None` if there are no
    /// languages.
    pub fn choose(
        languages: &'a [Self],
        lang: Option<&str>,
        accept_language: Option<&str>,
    ) -> Option<&'a Self> {
        let named = lang.and_then(|lang| languages.iter().find(|texts| texts.lang == lang));
        named.or_else(|| {
            let known: Vec<_> = languages.iter().map(|texts| texts.lang.into()).collect();
            languages.get(locale::lookup(&known, accept_language))
        })
    }

    /// The short name of a month, from 0 for January.
    pub(super) fn month_short(&self, month: usize) -> &'a str {
        self.months_short.split_whitespace().nth(month).unwrap_or_default()
    }

    /// The full name of a month, from 0 for January.
    pub(super) fn month_long(&self, month: usize) -> &'a str {
        self.months_long.split_whitespace().nth(month).unwrap_or_default()
    }

    /// The text for this many things: in French, nothing counts as one.
    pub(super) fn counted(&self, count: usize, one: &'a str, many: &'a str) -> &'a str {
        let is_one = count == 1 || (count == 0 && self.lang == "fr");
        if is_one { one } else { many }
    }
}
