//! French.

use super::{MailTexts, PageTexts, SubscriptionTexts};

pub(super) const TEXTS: SubscriptionTexts = SubscriptionTexts {
    lang: "fr",
    mail: MailTexts {
        confirm_subject: "Merci de confirmer : alertes d’état de {site}",
        confirm_lead: "Cette adresse a été saisie sur la page d’état de {site} pour être informée \
                       des incidents et des maintenances. Si c’était vous, ouvrez ce lien et \
                       appuyez sur le bouton :",
        confirm_expires: "Le lien est valable 24 heures. Si ce n’était pas vous, ne faites rien : \
                          vous ne recevrez pas d’autre e-mail.",
        already_subject: "Vous recevez déjà les alertes d’état de {site}",
        already_lead: "Cette adresse a de nouveau été saisie sur la page d’état de {site}. Elle \
                       reçoit déjà les alertes, rien n’a donc changé. Vous pouvez voir ici de quoi \
                       vous êtes informé, le modifier ou y mettre fin :",
        told_of: "Vous êtes informé de : {components}.",
        told_of_all: "Vous êtes informé de tout.",
        trouble_of: "Problèmes avec {components}",
        trouble: "Problèmes sur {site}",
        found: "Nos contrôles ont constaté que quelque chose ne fonctionne pas. Nous cherchons la \
                cause.",
        recovered: "D’après nos contrôles, tout fonctionne à nouveau.",
        closed: "Cet incident est terminé.",
        affected: "Concerné",
        since: "Depuis",
        details: "Détails",
        maintenance_subject: "Maintenance prévue de {site} : {start}",
        maintenance_lead: "Nous allons travailler sur le site.",
        maintenance_time: "Du {start} au {end}",
        maintenance_whole: "Tout le site est fermé pendant ce temps.",
        maintenance_parts: "Des parties du site sont fermées pendant ce temps.",
        because: "Vous recevez cet e-mail parce que vous êtes abonné aux alertes d’état de {site}.",
        manage: "Modifier ou arrêter l’abonnement",
    },
    page: PageTexts {
        asked: (
            "Consultez votre boîte de réception",
            "Nous avons envoyé un e-mail à l’adresse saisie. Ouvrez le lien qu’il contient dans \
             les 24 heures et appuyez sur le bouton : vous ne serez informé qu’ensuite.\n\nSi \
             aucun e-mail n’arrive, regardez dans le dossier des indésirables et vérifiez que \
             l’adresse est correcte.",
        ),
        busy: (
            "Merci de réessayer plus tard",
            "Il y a trop de demandes en ce moment, rien n’a donc été modifié. Merci de réessayer \
             dans une heure.",
        ),
        no_address: (
            "Impossible de s’abonner ainsi",
            "Ce que vous avez saisi n’est ni une adresse e-mail ni l’adresse https:// d’un webhook \
             sur l’internet public. Revenez en arrière et vérifiez la saisie.",
        ),
        off: (
            "Non proposé",
            "Il n’est pas possible de s’abonner de cette façon à l’état de ce site.",
        ),
        foreign: (
            "Utilisez le formulaire de cette page",
            "Le formulaire a été envoyé depuis la page d’un autre site, rien n’a donc été modifié.",
        ),
        failed: (
            "Cela n’a pas fonctionné",
            "Une erreur s’est produite de notre côté. Merci de réessayer dans quelques minutes.",
        ),
        confirm: (
            "Confirmez votre abonnement",
            "Les alertes d’état seront envoyées à {contact} dès que vous appuierez sur le bouton.",
        ),
        confirm_button: "Confirmer",
        confirmed: (
            "Vous êtes abonné",
            "Les alertes d’état sont désormais envoyées à {contact}. Chacune contient un lien pour \
             y mettre fin.",
        ),
        expired: (
            "Ce lien n’est plus valable",
            "Il a plus de 24 heures, a été remplacé par un plus récent ou est incomplet. Merci de \
             vous abonner de nouveau sur la page d’état.",
        ),
        webhook: (
            "Encore une étape",
            "Voici le secret avec lequel votre récepteur vérifie nos messages, selon Standard \
             Webhooks. Enregistrez-le maintenant, il ne sera plus affiché :\n\n{secret}\n\nFaites-\
             nous ensuite envoyer un message de type subscription.confirm. Votre récepteur doit y \
             répondre avec un statut 2xx et un objet JSON qui répète le défi : \
             {example}.",
        ),
        webhook_button: "Envoyer le défi",
        unanswered: (
            "Le récepteur n’a pas répondu comme prévu",
            "Nous attendons sous 15 secondes un statut 2xx et un objet JSON qui répète le défi. \
             Tentatives restantes : {left}.",
        ),
        manage: (
            "Votre abonnement",
            "Les alertes d’état sont envoyées à {contact}. Choisissez de quoi vous voulez être \
             informé ; sans choix, c’est de tout.",
        ),
        manage_button: "Modifier l’abonnement",
        save_button: "Enregistrer",
        saved: ("Enregistré", "Votre choix pour {contact} est enregistré."),
        unsubscribe: (
            "Arrêter l’abonnement ?",
            "Plus rien ne sera envoyé à {contact} dès que vous appuierez sur le bouton.",
        ),
        unsubscribe_button: "Se désabonner",
        unsubscribed: (
            "Vous êtes désabonné",
            "Plus rien ne vous est envoyé, et nous avons supprimé votre adresse.",
        ),
    },
    states: ["En cours d’analyse", "Cause identifiée", "Sous surveillance", "Résolu", "Bilan"],
    impacts: ["opérationnel", "performances réduites", "panne partielle", "panne majeure"],
};
