//! German.

use super::{MailTexts, PageTexts, SubscriptionTexts};

pub(super) const TEXTS: SubscriptionTexts = SubscriptionTexts {
    lang: "de",
    mail: MailTexts {
        confirm_subject: "Bitte bestätigen: Statusmeldungen von {site}",
        confirm_lead: "Diese Adresse wurde auf der Statusseite von {site} eingetragen, um von \
                       Störungen und Wartungen zu erfahren. Wenn Sie das waren, öffnen Sie diesen \
                       Link und drücken Sie den Knopf:",
        confirm_expires: "Der Link gilt 24 Stunden. Wenn Sie das nicht waren, tun Sie nichts: Es \
                          folgen keine weiteren E-Mails.",
        already_subject: "Sie erhalten bereits Statusmeldungen von {site}",
        already_lead: "Diese Adresse wurde noch einmal auf der Statusseite von {site} eingetragen. \
                       Sie erhält bereits Statusmeldungen, daher hat sich nichts geändert. Hier \
                       sehen Sie, wovon Sie erfahren, und können es ändern oder beenden:",
        told_of: "Sie erfahren von: {components}.",
        told_of_all: "Sie erfahren von allem.",
        trouble_of: "Störung: {components}",
        trouble: "Störung bei {site}",
        found: "Unsere Prüfungen haben ergeben, dass etwas nicht funktioniert. Wir gehen dem nach.",
        recovered: "Unseren Prüfungen nach funktioniert es wieder.",
        closed: "Diese Störung ist vorbei.",
        affected: "Betroffen",
        since: "Seit",
        details: "Einzelheiten",
        maintenance_subject: "Geplante Wartung von {site}: {start}",
        maintenance_lead: "Wir werden an der Seite arbeiten.",
        maintenance_time: "Von {start} bis {end}",
        maintenance_whole: "Die ganze Seite ist in dieser Zeit geschlossen.",
        maintenance_parts: "Teile der Seite sind in dieser Zeit geschlossen.",
        because: "Sie erhalten diese E-Mail, weil Sie Statusmeldungen von {site} abonniert haben.",
        manage: "Abonnement ändern oder beenden",
    },
    page: PageTexts {
        asked: (
            "Bitte sehen Sie in Ihr Postfach",
            "Wir haben eine E-Mail an die eingetragene Adresse geschickt. Öffnen Sie den Link \
             darin innerhalb von 24 Stunden und drücken Sie dort den Knopf: Erst dann erhalten Sie \
             Meldungen.\n\nWenn keine E-Mail kommt, sehen Sie im Spam-Ordner nach und prüfen Sie, \
             ob die Adresse stimmt.",
        ),
        busy: (
            "Bitte versuchen Sie es später noch einmal",
            "Im Augenblick gibt es zu viele Anfragen, daher wurde nichts geändert. Bitte versuchen \
             Sie es in einer Stunde noch einmal.",
        ),
        no_address: (
            "Das lässt sich nicht abonnieren",
            "Ihre Eingabe ist weder eine E-Mail-Adresse noch die https://-Adresse eines Webhooks \
             im öffentlichen Internet. Bitte gehen Sie zurück und prüfen Sie sie.",
        ),
        off: (
            "Nicht im Angebot",
            "Der Status dieser Seite lässt sich auf diesem Weg nicht abonnieren.",
        ),
        foreign: (
            "Bitte benutzen Sie das Formular dieser Seite",
            "Das Formular wurde von der Seite eines anderen Anbieters abgeschickt, daher wurde \
             nichts geändert.",
        ),
        failed: (
            "Das hat nicht geklappt",
            "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es in einigen Minuten noch \
             einmal.",
        ),
        confirm: (
            "Abonnement bestätigen",
            "Statusmeldungen gehen an {contact}, sobald Sie den Knopf drücken.",
        ),
        confirm_button: "Bestätigen",
        confirmed: (
            "Sie haben die Statusmeldungen abonniert",
            "Statusmeldungen gehen ab jetzt an {contact}. In jeder steht ein Link, mit dem Sie das \
             beenden können.",
        ),
        expired: (
            "Dieser Link gilt nicht mehr",
            "Er ist älter als 24 Stunden, wurde durch einen neueren ersetzt oder ist \
             unvollständig. Bitte melden Sie sich auf der Statusseite noch einmal an.",
        ),
        webhook: (
            "Noch ein Schritt",
            "Mit diesem Geheimnis prüft Ihr Empfänger unsere Nachrichten, nach Standard Webhooks. \
             Speichern Sie es jetzt, es wird nicht noch einmal gezeigt:\n\n{secret}\n\nLassen Sie \
             uns dann eine Nachricht der Art subscription.confirm senden. Ihr Empfänger muss sie \
             mit einem Status 2xx beantworten und mit einem JSON-Objekt, das die Aufgabe \
             wiederholt: {example}.",
        ),
        webhook_button: "Nachricht senden",
        unanswered: (
            "Der Empfänger hat nicht wie erwartet geantwortet",
            "Wir erwarten innerhalb von 15 Sekunden einen Status 2xx und ein JSON-Objekt, das die \
             Aufgabe wiederholt. Verbleibende Versuche: {left}.",
        ),
        manage: (
            "Ihr Abonnement",
            "Statusmeldungen gehen an {contact}. Wählen Sie, wovon Sie erfahren wollen; ohne \
             Auswahl ist es alles.",
        ),
        manage_button: "Abonnement ändern",
        save_button: "Speichern",
        saved: ("Gespeichert", "Ihre Auswahl für {contact} ist gespeichert."),
        unsubscribe: (
            "Abonnement beenden?",
            "An {contact} geht nichts mehr, sobald Sie den Knopf drücken.",
        ),
        unsubscribe_button: "Abbestellen",
        unsubscribed: (
            "Sie haben die Statusmeldungen abbestellt",
            "Sie erhalten nichts mehr, und wir haben Ihre Adresse gelöscht.",
        ),
    },
    states: [
        "Wird untersucht",
        "Ursache gefunden",
        "Wird beobachtet",
        "Behoben",
        "Nachbetrachtung",
    ],
    impacts: ["in Betrieb", "beeinträchtigt", "teilweise ausgefallen", "ausgefallen"],
};
