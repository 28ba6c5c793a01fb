//! English.

use super::{MailTexts, PageTexts, SubscriptionTexts};

pub(super) const TEXTS: SubscriptionTexts = SubscriptionTexts {
    lang: "en",
    mail: MailTexts {
        confirm_subject: "Please confirm: status updates of {site}",
        confirm_lead: "This address was entered on the status page of {site} to be told of \
                       incidents and maintenance. If it was you, open this link and press the \
                       button:",
        confirm_expires: "The link works for 24 hours. If it was not you, do nothing: no more \
                          e-mails will follow.",
        already_subject: "You already get status updates of {site}",
        already_lead: "This address was entered again on the status page of {site}. It already \
                       gets status updates, so nothing has changed. Here you can see what you are \
                       told of, change it, or end it:",
        told_of: "You are told of: {components}.",
        told_of_all: "You are told of everything.",
        trouble_of: "Problems with {components}",
        trouble: "Problems at {site}",
        found: "Our checks have found that something does not work. We are looking into it.",
        recovered: "Our checks find that it works again.",
        closed: "This incident is over.",
        affected: "Affected",
        since: "Since",
        details: "Details",
        maintenance_subject: "Planned maintenance of {site}: {start}",
        maintenance_lead: "We are going to work on the site.",
        maintenance_time: "From {start} to {end}",
        maintenance_whole: "The whole site is closed during that time.",
        maintenance_parts: "Parts of the site are closed during that time.",
        because: "You get this e-mail because you subscribed to status updates of {site}.",
        manage: "Change or end your subscription",
    },
    page: PageTexts {
        asked: (
            "Please look into your mailbox",
            "We have sent an e-mail to the address that you entered. Open the link in it within 24 \
             hours and press the button there: only then will you be told.\n\nIf no e-mail comes, \
             look into the spam folder, and check that the address is right.",
        ),
        busy: (
            "Please try again later",
            "There are too many requests at the moment, so nothing was changed. Please try again \
             in an hour.",
        ),
        no_address: (
            "This cannot be subscribed",
            "What you entered is neither an e-mail address nor the https:// address of a webhook \
             on the public internet. Please go back and check it.",
        ),
        off: ("Not offered", "The status of this site cannot be subscribed in this way."),
        foreign: (
            "Please use the form of this page",
            "The form was sent from another site's page, so nothing was changed.",
        ),
        failed: (
            "That did not work",
            "Something went wrong on our side. Please try again in a few minutes.",
        ),
        confirm: (
            "Confirm your subscription",
            "Status updates will be sent to {contact} once you press the button.",
        ),
        confirm_button: "Confirm",
        confirmed: (
            "You are subscribed",
            "Status updates are sent to {contact} from now on. Each of them has a link by which \
             you can end that.",
        ),
        expired: (
            "This link does not work any more",
            "It is older than 24 hours, was replaced by a newer one, or is incomplete. Please \
             subscribe again on the status page.",
        ),
        webhook: (
            "One more step",
            "This is the secret with which your receiver verifies our messages, by Standard \
             Webhooks. Store it now, it is not shown again:\n\n{secret}\n\nThen have us send a \
             message of the type subscription.confirm. Your receiver must answer it with a status \
             of 2xx and a JSON object that repeats the challenge: {example}.",
        ),
        webhook_button: "Send the challenge",
        unanswered: (
            "The receiver did not answer as expected",
            "We expect a status of 2xx within 15 seconds, and a JSON object that repeats the \
             challenge. Attempts that are left: {left}.",
        ),
        manage: (
            "Your subscription",
            "Status updates are sent to {contact}. Choose what you are told of; without a choice, \
             it is everything.",
        ),
        manage_button: "Change your subscription",
        save_button: "Save",
        saved: ("Saved", "Your choice for {contact} is stored."),
        unsubscribe: (
            "End your subscription?",
            "Nothing more will be sent to {contact} once you press the button.",
        ),
        unsubscribe_button: "Unsubscribe",
        unsubscribed: (
            "You are unsubscribed",
            "Nothing more is sent to you, and we have deleted your address.",
        ),
    },
    states: ["Investigating", "Identified", "Monitoring", "Resolved", "Postmortem"],
    impacts: ["operational", "degraded performance", "partial outage", "major outage"],
};
