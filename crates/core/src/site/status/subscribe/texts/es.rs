//! Spanish.

use super::{MailTexts, PageTexts, SubscriptionTexts};

pub(super) const TEXTS: SubscriptionTexts = SubscriptionTexts {
    lang: "es",
    mail: MailTexts {
        confirm_subject: "Confirme, por favor: avisos de estado de {site}",
        confirm_lead: "Esta dirección se ha introducido en la página de estado de {site} para \
                       recibir avisos de incidencias y mantenimientos. Si ha sido usted, abra este \
                       enlace y pulse el botón:",
        confirm_expires: "El enlace es válido durante 24 horas. Si no ha sido usted, no haga nada: \
                          no recibirá más correos.",
        already_subject: "Ya recibe los avisos de estado de {site}",
        already_lead: "Esta dirección se ha introducido otra vez en la página de estado de {site}. \
                       Ya recibe los avisos, así que no ha cambiado nada. Aquí puede ver de qué se \
                       le avisa, cambiarlo o cancelarlo:",
        told_of: "Se le avisa de: {components}.",
        told_of_all: "Se le avisa de todo.",
        trouble_of: "Problemas con {components}",
        trouble: "Problemas en {site}",
        found: "Nuestras comprobaciones indican que algo no funciona. Lo estamos investigando.",
        recovered: "Según nuestras comprobaciones, vuelve a funcionar.",
        closed: "Esta incidencia ha terminado.",
        affected: "Afectado",
        since: "Desde",
        details: "Detalles",
        maintenance_subject: "Mantenimiento previsto de {site}: {start}",
        maintenance_lead: "Vamos a trabajar en el sitio.",
        maintenance_time: "Del {start} al {end}",
        maintenance_whole: "Todo el sitio estará cerrado durante ese tiempo.",
        maintenance_parts: "Partes del sitio estarán cerradas durante ese tiempo.",
        because: "Recibe este correo porque se ha suscrito a los avisos de estado de {site}.",
        manage: "Cambiar o cancelar la suscripción",
    },
    page: PageTexts {
        asked: (
            "Mire su buzón, por favor",
            "Hemos enviado un correo a la dirección que ha introducido. Abra el enlace en un plazo \
             de 24 horas y pulse el botón: solo entonces recibirá avisos.\n\nSi no llega ningún \
             correo, mire en la carpeta de correo no deseado y compruebe que la dirección es \
             correcta.",
        ),
        busy: (
            "Inténtelo más tarde, por favor",
            "En este momento hay demasiadas solicitudes, así que no se ha cambiado nada. \
             Inténtelo de nuevo dentro de una hora.",
        ),
        no_address: (
            "No es posible suscribir esto",
            "Lo que ha introducido no es una dirección de correo ni la dirección https:// de un \
             webhook en la internet pública. Vuelva atrás y compruébelo.",
        ),
        off: (
            "No está disponible",
            "No es posible suscribirse de esta manera al estado de este sitio.",
        ),
        foreign: (
            "Use el formulario de esta página, por favor",
            "El formulario se ha enviado desde la página de otro sitio, así que no se ha cambiado \
             nada.",
        ),
        failed: (
            "No ha funcionado",
            "Algo ha fallado por nuestra parte. Inténtelo de nuevo dentro de unos minutos.",
        ),
        confirm: (
            "Confirme su suscripción",
            "Los avisos de estado se enviarán a {contact} en cuanto pulse el botón.",
        ),
        confirm_button: "Confirmar",
        confirmed: (
            "Se ha suscrito",
            "A partir de ahora, los avisos de estado se envían a {contact}. Cada uno tiene un \
             enlace para cancelar la suscripción.",
        ),
        expired: (
            "Este enlace ya no es válido",
            "Tiene más de 24 horas, se ha sustituido por otro más reciente o está incompleto. \
             Vuelva a suscribirse en la página de estado.",
        ),
        webhook: (
            "Falta un paso",
            "Este es el secreto con el que su receptor verifica nuestros mensajes, según Standard \
             Webhooks. Guárdelo ahora, porque no se muestra de nuevo:\n\n{secret}\n\nDespués, \
             haga que enviemos un mensaje del tipo subscription.confirm. Su receptor debe \
             responder con un estado 2xx y un objeto JSON que repita el desafío: \
             {example}.",
        ),
        webhook_button: "Enviar el desafío",
        unanswered: (
            "El receptor no ha respondido como se esperaba",
            "Esperamos en un plazo de 15 segundos un estado 2xx y un objeto JSON que repita el \
             desafío. Intentos que quedan: {left}.",
        ),
        manage: (
            "Su suscripción",
            "Los avisos de estado se envían a {contact}. Elija de qué quiere que se le avise; si \
             no elige nada, es de todo.",
        ),
        manage_button: "Cambiar la suscripción",
        save_button: "Guardar",
        saved: ("Guardado", "Su elección para {contact} se ha guardado."),
        unsubscribe: (
            "¿Cancelar la suscripción?",
            "No se enviará nada más a {contact} en cuanto pulse el botón.",
        ),
        unsubscribe_button: "Cancelar la suscripción",
        unsubscribed: (
            "Ha cancelado la suscripción",
            "Ya no se le envía nada, y hemos borrado su dirección.",
        ),
    },
    states: ["En investigación", "Causa identificada", "En observación", "Resuelta", "Análisis"],
    impacts: ["operativo", "rendimiento reducido", "interrupción parcial", "interrupción total"],
};
