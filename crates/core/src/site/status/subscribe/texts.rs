//! What subscribers read, in each language.
//!
//! A language is a constant of one type, so that the compiler refuses one that lacks a text. Places
//! in braces are filled in by [`filled`]; a test compares those of all languages.

mod de;
mod en;
mod es;
mod fr;

use alloc::string::String;

use crate::base::locale::LOCALES;
use crate::watch::incident::{Impact, IncidentState};

/// The texts of one language.
#[derive(Clone, Copy, Debug)]
pub struct SubscriptionTexts {
    /// The language's tag (RFC 5646).
    pub lang: &'static str,
    /// The texts of e-mails.
    pub mail: MailTexts,
    /// The texts of pages.
    pub page: PageTexts,
    /// The states of an incident, in the order of [`STATES`].
    pub states: [&'static str; STATES.len()],
    /// What an incident means for a component, in the order of [`Impact::ALL`].
    pub impacts: [&'static str; Impact::ALL.len()],
}

/// The texts of e-mails.
#[derive(Clone, Copy, Debug)]
pub struct MailTexts {
    /// The subject of the e-mail with the link that confirms: `{site}`.
    pub confirm_subject: &'static str,
    /// What it is about: `{site}`.
    pub confirm_lead: &'static str,
    /// How long the link holds, and what happens without it.
    pub confirm_expires: &'static str,
    /// The subject of the e-mail to an address that is subscribed: `{site}`.
    pub already_subject: &'static str,
    /// What it is about: `{site}`.
    pub already_lead: &'static str,
    /// Of what the subscriber is told: `{components}`.
    pub told_of: &'static str,
    /// The same where that is everything.
    pub told_of_all: &'static str,
    /// What an incident is called that a machine opened: `{components}`.
    pub trouble_of: &'static str,
    /// The same where no component is named: `{site}`.
    pub trouble: &'static str,
    /// What the machine says when it opens an incident.
    pub found: &'static str,
    /// What the machine says when it ends one.
    pub recovered: &'static str,
    /// What is said when a person ends one without a word.
    pub closed: &'static str,
    /// What stands before the components that are concerned.
    pub affected: &'static str,
    /// What stands before the time at which trouble began.
    pub since: &'static str,
    /// What stands before the link to the incident.
    pub details: &'static str,
    /// The subject of maintenance: `{site}` and `{start}`.
    pub maintenance_subject: &'static str,
    /// What maintenance is, where operators say nothing of it.
    pub maintenance_lead: &'static str,
    /// What stands before its begin and end: `{start}` and `{end}`.
    pub maintenance_time: &'static str,
    /// That the whole site is closed meanwhile.
    pub maintenance_whole: &'static str,
    /// That parts of the site are closed meanwhile.
    pub maintenance_parts: &'static str,
    /// Why the reader gets this: `{site}`.
    pub because: &'static str,
    /// What stands before the link that changes or ends the subscription.
    pub manage: &'static str,
}

/// A title and a text of a page.
pub type TitledText = (&'static str, &'static str);

/// The texts of pages. An empty line parts paragraphs.
#[derive(Clone, Copy, Debug)]
pub struct PageTexts {
    /// An e-mail address was subscribed, as far as a stranger may know.
    pub asked: TitledText,
    /// There is too much of it now.
    pub busy: TitledText,
    /// What was sent is no address.
    pub no_address: TitledText,
    /// This way is not offered.
    pub off: TitledText,
    /// The form was sent from another site's page.
    pub foreign: TitledText,
    /// The monitor could not be asked.
    pub failed: TitledText,
    /// What a press of the button confirms: `{contact}`.
    pub confirm: TitledText,
    /// The button that confirms.
    pub confirm_button: &'static str,
    /// It is confirmed: `{contact}`.
    pub confirmed: TitledText,
    /// A link is not valid.
    pub expired: TitledText,
    /// A webhook was subscribed: `{secret}`, and an `{example}` of an answer.
    pub webhook: TitledText,
    /// The button that sends the challenge.
    pub webhook_button: &'static str,
    /// The receiver has not answered the challenge: `{left}` attempts.
    pub unanswered: TitledText,
    /// What a subscriber may change: `{contact}`.
    pub manage: TitledText,
    /// The button to where that is changed.
    pub manage_button: &'static str,
    /// The button that stores a choice of components.
    pub save_button: &'static str,
    /// A choice is stored: `{contact}`.
    pub saved: TitledText,
    /// Before a subscription ends: `{contact}`.
    pub unsubscribe: TitledText,
    /// The button that ends it.
    pub unsubscribe_button: &'static str,
    /// It has ended.
    pub unsubscribed: TitledText,
}

/// The states of an incident, in the order of their texts.
pub const STATES: [IncidentState; 5] = [
    IncidentState::Investigating,
    IncidentState::Identified,
    IncidentState::Monitoring,
    IncidentState::Resolved,
    IncidentState::Postmortem,
];

/// All languages, in the order of [`LOCALES`].
const ALL: [&SubscriptionTexts; LOCALES.len()] = [&de::TEXTS, &en::TEXTS, &es::TEXTS, &fr::TEXTS];

impl SubscriptionTexts {
    /// The texts of a language; English, if it is none of them.
    pub fn of(lang: &str) -> &'static Self {
        ALL.into_iter().find(|texts| texts.lang == lang).unwrap_or(&en::TEXTS)
    }

    /// The name of a state.
    pub fn state(&self, state: IncidentState) -> &'static str {
        STATES.iter().position(|it| *it == state).map_or("", |at| self.states[at])
    }

    /// The name of an impact.
    pub const fn impact(&self, impact: Impact) -> &'static str {
        self.impacts[impact as usize]
    }
}

/// A text with its places filled in.
pub fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, following) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        out.push_str(value.map_or("", |(_, value)| value));
        rest = following;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;

    fn places(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
        names.sort_unstable();
        names
    }

    /// Each text of a language. `Debug` shows all members in their order, each text in quotes.
    fn texts(texts: &SubscriptionTexts) -> Vec<String> {
        format!("{texts:?}").split('"').skip(3).step_by(2).map(Into::into).collect()
    }

    #[test]
    fn each_language_has_the_places_of_english() {
        let english = texts(&en::TEXTS);
        assert!(english.len() > 60, "{english:?}");
        for language in ALL {
            let texts = texts(language);
            assert_eq!(texts.len(), english.len(), "{}", language.lang);
            for (text, english) in texts.iter().zip(&english) {
                assert!(!text.trim().is_empty(), "{}: {english}", language.lang);
                assert_eq!(places(text), places(english), "{}: {text}", language.lang);
            }
        }
    }

    #[test]
    fn the_languages_are_those_of_all_pages() {
        let langs: Vec<&str> = ALL.iter().map(|texts| texts.lang).collect();
        assert_eq!(langs, LOCALES);
        assert_eq!(SubscriptionTexts::of("it").lang, "en");
    }

    #[test]
    fn places_are_filled_in_and_values_are_not_read_again() {
        let text = filled("{a} and {b}, {c}.", &[("a", "{b}"), ("b", "2")]);
        assert_eq!(text, "{b} and 2, .");
    }

    #[test]
    fn states_and_impacts_stand_in_their_order() {
        assert_eq!(en::TEXTS.state(IncidentState::Monitoring), "Monitoring");
        assert_eq!(en::TEXTS.impact(Impact::MajorOutage), "major outage");
        assert_eq!(en::TEXTS.impact(Impact::Operational), "operational");
    }
}
