"""The word tables of each language against mails as live shops write them, purchases and what only looks like one.

Every sample was written for this table: no shop's template, no mail of anybody's. A kind of its own per line, formal
and informal; the last ones of each language are no news of a purchase.
"""

# ruff: noqa: E501 - a sample keeps the lines of its mail, and Japanese and Chinese letters count twice

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor import knowledge, parse
from monitor.classify import classify
from monitor.knowledge.words import FOLDER
from monitor.types import Kind, RawMail

ORDERED, PAID, UNPAID = Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_FAILED
SENT, ARRIVED, LATE, CANCELLED = Kind.SHIPPED, Kind.DELIVERED, Kind.DELAYED, Kind.CANCELLATION
RETURNED, PROMISED, REFUNDED = Kind.RETURNED, Kind.REFUND_PROMISED, Kind.REFUND
ANSWERED, DISPUTED, AUTOMATIC, NOTHING = Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE, Kind.AUTO_REPLY, Kind.OTHER


@dataclass(frozen=True)
class Sample:
    """One mail: `sender` is its From line, `bulk` adds what lists and newsletters add."""

    kind: Kind
    sender: str
    subject: str
    body: str
    bulk: bool = False


SAMPLES: dict[str, list[Sample]] = {
    "de": [
        Sample(ORDERED, "Holzwerk Nord <service@holzwerk-nord.example>", "Vielen Dank für Ihre Bestellung #40213",
               "Guten Tag Frau Albers,\n\nwir haben Ihre Bestellung erhalten und kümmern uns sofort darum.\n\n"
               "Bestellnummer: 40213\nBestelldatum: 03.11.2026\n\n1 x Schneidebrett Eiche\t39,90 €\nVersand\t4,90 €\n"
               "Gesamtsumme\t44,80 €\n\nSobald Ihre Bestellung versandt wurde, erhalten Sie eine weitere E-Mail."),
        Sample(ORDERED, "Lumi <hallo@lumi-kerzen.example>", "Danke! Deine Bestellung LK-2231 ist bei uns",
               "Hi Jana,\n\nwir machen dein Paket fertig und melden uns, wenn es rausgeht.\n\nBestellung LK-2231\n"
               "Duftkerze Feige x 2\t31,00 €\nGesamt\t35,95 €"),
        Sample(PAID, "Zahlio <service@zahlio.example>", "Ihre Zahlung an Holzwerk Nord",
               "Guten Tag,\n\nSie haben eine Zahlung über 44,80 EUR an Holzwerk Nord gesendet.\n\n"
               "Transaktionscode: 7XK22931LM\nHändler: Holzwerk Nord\nBestellnummer: 40213"),
        Sample(UNPAID, "Lumi <hallo@lumi-kerzen.example>", "Problem mit der Zahlung für Bestellung LK-2231",
               "Hallo Jana,\n\nleider konnten wir den Betrag von 35,95 € nicht abbuchen: Deine Karte wurde abgelehnt. "
               "Bitte wähle eine andere Zahlungsart, damit wir deine Bestellung LK-2231 bearbeiten können."),
        Sample(SENT, "Holzwerk Nord <service@holzwerk-nord.example>", "Ihre Bestellung 40213 ist auf dem Weg zu Ihnen",
               "Guten Tag Frau Albers,\n\nwir haben Ihr Paket heute an DHL übergeben.\n\n"
               "Sendungsnummer: 00340434161094042557\nVoraussichtliche Zustellung: Freitag, 06.11.2026"),
        Sample(SENT, "Paketbote <noreply@paketbote.example>", "Ihr Paket von Lumi kommt morgen",
               "Guten Tag,\n\nIhre Sendung 1Z88812E0392 wird voraussichtlich morgen zwischen 10:00 und 12:00 Uhr "
               "zugestellt. Sie können Ihr Paket verfolgen oder einen Ablageort wählen."),
        Sample(ARRIVED, "Paketbote <noreply@paketbote.example>", "Ihr Paket wurde zugestellt",
               "Guten Tag,\n\nIhre Sendung 1Z88812E0392 wurde heute um 11:12 Uhr bei Ihrem Nachbarn abgegeben."),
        Sample(LATE, "Holzwerk Nord <service@holzwerk-nord.example>", "Lieferverzögerung bei Ihrer Bestellung 40213",
               "Guten Tag Frau Albers,\n\nleider verzögert sich die Lieferung Ihrer Bestellung 40213. Der neue "
               "Liefertermin ist der 20.11.2026. Wir bitten um Entschuldigung."),
        Sample(CANCELLED, "Lumi <hallo@lumi-kerzen.example>", "Deine Bestellung LK-2231 wurde storniert",
               "Hallo Jana,\n\nwir haben deine Bestellung LK-2231 wie gewünscht storniert."),
        Sample(RETURNED, "Modehaus Berg <service@modehaus-berg.example>", "Deine Rücksendung ist angekommen",
               "Hallo Mia,\n\ndeine Retoure zur Bestellung 88123004 ist bei uns angekommen und wird jetzt geprüft."),
        Sample(PROMISED, "Modehaus Berg <service@modehaus-berg.example>", "Deine Erstattung ist unterwegs",
               "Hallo Mia,\n\nwir haben die Erstattung von 59,95 € für Bestellung 88123004 angewiesen. Der Betrag wird "
               "in 3 bis 5 Werktagen deinem Konto gutgeschrieben."),
        Sample(REFUNDED, "Modehaus Berg <service@modehaus-berg.example>", "Wir haben dir 59,95 € erstattet",
               "Hallo Mia,\n\nder Betrag von 59,95 € für deine Bestellung 88123004 wurde dir auf dein PayPal-Konto "
               "zurückerstattet."),
        Sample(ANSWERED, "Holzwerk Nord <service@holzwerk-nord.example>", "Re: Wo bleibt meine Bestellung 40213?",
               "Sehr geehrte Frau Albers,\n\nvielen Dank für Ihre Nachricht. Ich habe bei DHL nachgefragt: Ihr Paket zur "
               "Bestellung 40213 liegt noch im Zustelldepot.\n\nMit freundlichen Grüßen\nKlaus Meier, Kundenservice"),
        Sample(AUTOMATIC, "Modehaus Berg <service@modehaus-berg.example>", "Eingangsbestätigung Ihrer Anfrage",
               "Guten Tag,\n\nwir haben Ihre Anfrage zu Ihrer Bestellung 88123004 erhalten. Ihre Ticketnummer lautet 99120. Wir melden uns "
               "schnellstmöglich bei Ihnen.\n\nBitte antworten Sie nicht auf diese automatisch erstellte E-Mail."),
        Sample(NOTHING, "Modehaus Berg <news@modehaus-berg.example>", "Nur heute: 20% Rabatt auf deine nächste Bestellung",
               "Jetzt shoppen! Versandkostenfrei ab 50 €. Mit dem Code HERBST20 sparst du bis Sonntag.\n\nNewsletter "
               "abbestellen", bulk=True),
        Sample(NOTHING, "Lumi <hallo@lumi-kerzen.example>", "Wie gefällt dir deine Duftkerze?",
               "Hallo Jana,\n\nvor kurzem hast du bei uns eingekauft. Magst du deinen Einkauf bewerten? Deine Bewertung "
               "hilft anderen Kundinnen."),
        Sample(NOTHING, "Holzwerk Nord <service@holzwerk-nord.example>", "Passwort zurücksetzen",
               "Guten Tag,\n\nklicken Sie auf den Link, um Ihr Passwort zurückzusetzen. Falls Sie das nicht waren, können "
               "Sie diese E-Mail ignorieren."),
        Sample(NOTHING, "DHL Paket <kundenservice@paket-zoll-info.example>", "Ihr Paket wartet auf Zustellung",
               "Sehr geehrter Kunde,\n\nIhr Paket konnte nicht zugestellt werden, weil die Zollgebühr von 1,99 € nicht "
               "bezahlt wurde. Bestätigen Sie Ihre Adresse und bezahlen Sie die Gebühr, sonst geht die Sendung an den "
               "Absender zurück."),
        Sample(NOTHING, "Tech24 <news@tech24.example>", "Kostenloser Versand auf alles, was du bestellst",
               "Dieses Wochenende liefern wir versandkostenfrei. Jetzt bestellen und sparen!\n\nAbmelden", bulk=True),
    ],
    "fr": [
        Sample(ORDERED, "Papeterie Lune <contact@papeterie-lune.example>", "Commande #5521 confirmée",
               "Merci pour votre achat !\n\nBonjour Claire, nous préparons votre commande. Nous vous préviendrons dès "
               "qu'elle aura été expédiée.\n\nRécapitulatif de la commande\nCarnet A5 × 2\t24,00 €\nLivraison\t4,50 €\n"
               "Total\t28,50 €"),
        Sample(ORDERED, "Bazar Vert <bonjour@bazarvert.example>", "On a bien reçu ta commande BV-9082",
               "Salut Hugo,\n\nmerci pour ta commande ! Numéro de commande : BV-9082\nMontant total : 63,20 €\n\n"
               "Tu recevras un e-mail dès que ton colis sera parti."),
        Sample(PAID, "Payeo <service@payeo.example>", "Reçu pour votre paiement à Papeterie Lune",
               "Bonjour Claire Martin,\n\nVous avez envoyé un paiement de 28,50 € EUR à Papeterie Lune.\n\n"
               "Numéro de transaction : 4TR90021KX\nMarchand : Papeterie Lune"),
        Sample(UNPAID, "Bazar Vert <bonjour@bazarvert.example>", "Ton paiement n'a pas abouti",
               "Salut Hugo,\n\nta banque a refusé le paiement de 63,20 € pour la commande BV-9082. Réessaie avec un autre "
               "moyen de paiement."),
        Sample(SENT, "Papeterie Lune <contact@papeterie-lune.example>", "Bonne nouvelle : votre commande #5521 est partie",
               "Bonjour Claire,\n\nvotre colis a été confié à Colissimo.\nNuméro de suivi : 6A12345678901\n"
               "Livraison prévue le 12 novembre 2026."),
        Sample(SENT, "Suivi Colis <notification@colis-express.example>", "Votre colis sera livré demain",
               "Bonjour,\n\nvotre colis XW023456789FR expédié par BAZAR VERT sera livré demain avant 13 h. Suivez votre "
               "colis en ligne."),
        Sample(ARRIVED, "Suivi Colis <notification@colis-express.example>", "Votre colis XW023456789FR a été livré",
               "Bonjour,\n\nvotre colis a été déposé dans votre boîte aux lettres le 10/11/2026 à 11h04."),
        Sample(LATE, "Papeterie Lune <contact@papeterie-lune.example>", "Votre commande #5521 : un peu de retard",
               "Bonjour Claire,\n\nsuite à une rupture de stock, l'expédition de votre commande est retardée. Nouvelle date "
               "de livraison estimée : 25 novembre. Nous vous présentons nos excuses pour ce retard."),
        Sample(CANCELLED, "Bazar Vert <bonjour@bazarvert.example>", "Ta commande BV-9082 est annulée",
               "Salut Hugo,\n\nnous avons annulé ta commande BV-9082 comme demandé."),
        Sample(RETURNED, "Mode Rivoli <service@mode-rivoli.example>", "Votre retour est bien arrivé",
               "Bonjour,\n\nnous avons bien reçu les articles retournés de la commande 77231900. Ils sont en cours de "
               "vérification."),
        Sample(PROMISED, "Mode Rivoli <service@mode-rivoli.example>", "Votre remboursement est en cours",
               "Bonjour,\n\nle remboursement de 49,90 € pour la commande 77231900 a été lancé. La somme sera créditée sur "
               "votre compte sous 5 à 7 jours ouvrés."),
        Sample(REFUNDED, "Mode Rivoli <service@mode-rivoli.example>", "Nous vous avons remboursé 49,90 €",
               "Bonjour,\n\nvous avez été remboursé de 49,90 € sur votre carte bancaire pour la commande 77231900."),
        Sample(ANSWERED, "Papeterie Lune <contact@papeterie-lune.example>", "Re: commande 5521 toujours pas reçue",
               "Bonjour Claire,\n\nmerci pour votre message. Je viens de vérifier auprès du transporteur : votre colis de la "
               "commande 5521 est bloqué en agence. Je lance une réclamation.\n\nCordialement,\nSophie, service client"),
        Sample(AUTOMATIC, "Mode Rivoli <service@mode-rivoli.example>", "Nous avons bien reçu votre demande",
               "Bonjour,\n\nvotre demande a bien été enregistrée sous le numéro de ticket 55102. Notre équipe vous répondra "
               "dans les plus brefs délais.\n\nCeci est un message automatique, merci de ne pas répondre."),
        Sample(NOTHING, "Mode Rivoli <news@mode-rivoli.example>", "Dernières heures : -30 % sur votre prochaine commande",
               "Profitez des soldes ! Livraison offerte dès 60 €. Offre valable jusqu'au 30/11.\n\nSe désabonner",
               bulk=True),
        Sample(NOTHING, "Bazar Vert <bonjour@bazarvert.example>", "Hugo, ton avis nous intéresse",
               "Tu as récemment reçu ta commande. Qu'en penses-tu ? Donne ton avis en deux minutes."),
        Sample(NOTHING, "Papeterie Lune <contact@papeterie-lune.example>", "Réinitialisez votre mot de passe",
               "Bonjour,\n\nvous avez demandé la réinitialisation de votre mot de passe. Cliquez ici pour choisir un nouveau "
               "mot de passe."),
        Sample(NOTHING, "Chronopost <suivi@livraison-colis-fr.example>", "Votre colis est en attente de livraison",
               "Cher client,\n\nvotre colis est bloqué dans notre dépôt en raison d'une adresse incomplète. Veuillez régler "
               "les frais de réexpédition de 1,95 € sous 48 heures, faute de quoi il sera retourné à l'expéditeur."),
        Sample(NOTHING, "Maison Douce <offres@maison-douce.example>", "Livraison gratuite ce week-end",
               "Commandez maintenant, la livraison est offerte sans minimum d'achat. J'en profite !\n\nSe désinscrire",
               bulk=True),
    ],
    "it": [
        Sample(ORDERED, "Ceramiche Alba <info@ceramiche-alba.example>", "Ordine #1187 confermato",
               "Grazie per il tuo acquisto!\n\nCiao Marta, stiamo preparando il tuo ordine per la spedizione. Ti avviseremo "
               "quando sarà stato inviato.\n\nRiepilogo ordine\nTazza blu × 2\t36,00 €\nSpedizione\t6,90 €\nTotale\t42,90 €"),
        Sample(ORDERED, "Libreria Ponte <ordini@libreriaponte.example>", "Abbiamo ricevuto il Suo ordine n. 20260711",
               "Gentile Cliente,\n\nLa ringraziamo per il Suo ordine. Numero ordine: 20260711\nTotale: 27,40 EUR\n"
               "Riceverà una nuova email non appena l'ordine verrà spedito."),
        Sample(PAID, "Pagolo <assistenza@pagolo.example>", "Hai inviato un pagamento a Ceramiche Alba",
               "Ciao Marta Rossi,\n\nhai pagato 42,90 € EUR a Ceramiche Alba.\n\nCodice transazione: 9KL21133PQ\n"
               "Venditore: Ceramiche Alba"),
        Sample(UNPAID, "Ceramiche Alba <info@ceramiche-alba.example>", "Il pagamento dell'ordine #1187 non è andato a buon fine",
               "Ciao Marta,\n\nla tua carta è stata rifiutata. Aggiorna il metodo di pagamento per completare l'ordine "
               "#1187 (42,90 €)."),
        Sample(SENT, "Ceramiche Alba <info@ceramiche-alba.example>", "Il tuo ordine #1187 è in viaggio",
               "Ciao Marta,\n\nabbiamo affidato il tuo pacco al corriere BRT.\nNumero di tracking: 08412345678901\n"
               "Consegna prevista: 12 novembre 2026"),
        Sample(SENT, "Corriere Lampo <noreply@corriere-lampo.example>", "La tua spedizione è in consegna oggi",
               "Gentile Cliente,\n\nla spedizione 1UW8K33310021 da LIBRERIA PONTE verrà consegnata oggi tra le 14:00 e le "
               "16:00."),
        Sample(ARRIVED, "Corriere Lampo <noreply@corriere-lampo.example>", "Consegna effettuata",
               "Gentile Cliente,\n\nla spedizione 1UW8K33310021 è stata consegnata il 10/11/2026 alle 14:31. Firmato da: "
               "portineria."),
        Sample(LATE, "Libreria Ponte <ordini@libreriaponte.example>", "Ritardo nella consegna del Suo ordine 20260711",
               "Gentile Cliente,\n\nci scusiamo, ma uno dei libri non è al momento disponibile e la consegna subirà un "
               "ritardo. La nuova data prevista è il 27 novembre."),
        Sample(CANCELLED, "Ceramiche Alba <info@ceramiche-alba.example>", "L'ordine #1187 è stato annullato",
               "Ciao Marta,\n\ncome da tua richiesta abbiamo annullato l'ordine #1187."),
        Sample(RETURNED, "Moda Corso <servizioclienti@modacorso.example>", "Abbiamo ricevuto il tuo reso",
               "Ciao Luca,\n\ngli articoli dell'ordine 5540021 sono arrivati al nostro magazzino e li stiamo controllando."),
        Sample(PROMISED, "Moda Corso <servizioclienti@modacorso.example>", "Il tuo rimborso è in arrivo",
               "Ciao Luca,\n\nabbiamo avviato il rimborso di 79,00 € per l'ordine 5540021. L'importo verrà accreditato entro "
               "5-7 giorni lavorativi."),
        Sample(REFUNDED, "Moda Corso <servizioclienti@modacorso.example>", "Ti abbiamo rimborsato 79,00 €",
               "Ciao Luca,\n\nabbiamo rimborsato 79,00 € sulla carta usata per l'ordine 5540021."),
        Sample(ANSWERED, "Libreria Ponte <ordini@libreriaponte.example>", "Re: ordine 20260711 mai arrivato",
               "Gentile Signora,\n\ngrazie per averci scritto. Ho verificato con il corriere: il pacco dell'ordine 20260711 "
               "risulta fermo in filiale per indirizzo errato.\n\nCordiali saluti\nPaolo"),
        Sample(AUTOMATIC, "Moda Corso <servizioclienti@modacorso.example>", "Abbiamo ricevuto la tua richiesta",
               "Ciao,\n\nla tua richiesta è stata registrata con il numero di ticket 30221. Ti risponderemo il prima "
               "possibile.\n\nMessaggio generato automaticamente, ti preghiamo di non rispondere."),
        Sample(NOTHING, "Moda Corso <news@modacorso.example>", "Solo oggi: 25% di sconto sul tuo prossimo ordine",
               "Scopri i nuovi arrivi e approfittane subito. Spedizione gratuita per ordini sopra i 50 €. Usa il codice "
               "AUTUNNO.\n\nAnnulla l'iscrizione", bulk=True),
        Sample(NOTHING, "Ceramiche Alba <info@ceramiche-alba.example>", "Com'è andata con il tuo acquisto?",
               "Ciao Marta,\n\nlascia una recensione sui prodotti che hai acquistato: la tua opinione è importante."),
        Sample(NOTHING, "Libreria Ponte <ordini@libreriaponte.example>", "Reimposta la tua password",
               "Abbiamo ricevuto una richiesta di reimpostazione della password del tuo account. Clicca sul link per "
               "scegliere una nuova password."),
        Sample(NOTHING, "Poste Italiane <avviso@pacco-giacenza-it.example>", "Il tuo pacco è in attesa di consegna",
               "Gentile cliente,\n\nil tuo pacco è bloccato per spese doganali non pagate (1,99 €). Paga le spese entro 48 "
               "ore, altrimenti verrà restituito al mittente."),
        Sample(NOTHING, "Casa Bella <offerte@casabella.example>", "Spedizione gratis su tutto fino a domenica",
               "Acquista ora senza pensare alle spese di spedizione. Offerta valida fino al 15/11.\n\nDisiscriviti",
               bulk=True),
    ],
    "es": [
        Sample(ORDERED, "Taller Nube <hola@tallernube.example>", "Pedido #3044 confirmado",
               "¡Gracias por tu compra!\n\nHola Lucía, estamos preparando tu pedido. Te avisaremos cuando lo hayamos "
               "enviado.\n\nResumen del pedido\nBolso lona × 1\t38,00 €\nEnvío\t3,95 €\nTotal\t41,95 €"),
        Sample(ORDERED, "Ferretería Sol <pedidos@ferreteriasol.example>", "Hemos recibido su pedido 260711-08",
               "Estimado Sr. Gómez:\n\nle confirmamos que hemos recibido su pedido número 260711-08 por un importe total de "
               "112,30 €. Recibirá otro correo cuando salga de nuestro almacén."),
        Sample(ORDERED, "Tienda Maíz <ventas@tiendamaiz.example>", "¡Gracias por tu compra! Orden 884512",
               "Hola Diego,\n\nrecibimos tu orden 884512 y ya la estamos preparando.\nTotal: $1,249.00 MXN"),
        Sample(PAID, "Pagal <servicio@pagal.example>", "Recibo de tu pago a Taller Nube",
               "Hola, Lucía Pérez:\n\nhas enviado un pago de 41,95 € EUR a Taller Nube.\n\nId. de transacción: 8HJ33210ZZ\n"
               "Vendedor: Taller Nube"),
        Sample(UNPAID, "Taller Nube <hola@tallernube.example>", "No hemos podido cobrar tu pedido #3044",
               "Hola Lucía,\n\ntu banco ha rechazado el pago de 41,95 €. Prueba con otro método de pago para que no "
               "perdamos tu pedido #3044."),
        Sample(SENT, "Taller Nube <hola@tallernube.example>", "¡Tu pedido #3044 ya va de camino!",
               "Hola Lucía,\n\ntu paquete ha salido hoy de nuestro taller con SEUR.\nNúmero de seguimiento: 20148833910\n"
               "Entrega prevista: 12 de noviembre de 2026"),
        Sample(SENT, "Reparto Ya <avisos@repartoya.example>", "Tu envío se entregará hoy",
               "Hola:\n\nel envío PQ4F2200123456 de FERRETERIA SOL está en reparto y llegará hoy entre las 10:00 y las "
               "14:00."),
        Sample(ARRIVED, "Reparto Ya <avisos@repartoya.example>", "Tu envío ha sido entregado",
               "Hola:\n\nhemos entregado el envío PQ4F2200123456 el 10/11/2026 a las 12:20. Recibido por: conserje."),
        Sample(LATE, "Ferretería Sol <pedidos@ferreteriasol.example>", "Retraso en su pedido 260711-08",
               "Estimado Sr. Gómez:\n\nlamentamos informarle de que su pedido llegará más tarde de lo previsto por falta de "
               "existencias. La nueva fecha de entrega es el 26 de noviembre."),
        Sample(CANCELLED, "Taller Nube <hola@tallernube.example>", "Tu pedido #3044 se ha cancelado",
               "Hola Lucía,\n\ntal y como nos pediste, hemos cancelado tu pedido #3044."),
        Sample(RETURNED, "Moda Prado <clientes@modaprado.example>", "Tu devolución ha llegado",
               "Hola Inés,\n\nya tenemos en nuestro almacén los artículos que has devuelto del pedido 6612009. Los estamos "
               "revisando."),
        Sample(PROMISED, "Moda Prado <clientes@modaprado.example>", "Estamos tramitando tu reembolso",
               "Hola Inés,\n\nhemos iniciado el reembolso de 64,90 € del pedido 6612009. Lo verás en tu cuenta en un plazo de "
               "5 a 10 días hábiles."),
        Sample(REFUNDED, "Moda Prado <clientes@modaprado.example>", "Te hemos devuelto 64,90 €",
               "Hola Inés,\n\nhemos reembolsado 64,90 € en la tarjeta con la que pagaste el pedido 6612009."),
        Sample(ANSWERED, "Ferretería Sol <pedidos@ferreteriasol.example>", "Re: pedido 260711-08 sin recibir",
               "Buenos días:\n\ngracias por escribirnos. He hablado con la agencia de transporte y el paquete del pedido "
               "260711-08 está en su delegación.\n\nUn saludo,\nCarmen"),
        Sample(AUTOMATIC, "Moda Prado <clientes@modaprado.example>", "Hemos recibido tu consulta",
               "Hola:\n\nse ha creado un ticket con el número 70112. Te responderemos lo antes posible.\n\nMensaje generado "
               "automáticamente, por favor no respondas a este correo."),
        Sample(NOTHING, "Moda Prado <news@modaprado.example>", "Últimas horas: 30 % de descuento en tu próximo pedido",
               "Aprovecha las rebajas. Envío gratis a partir de 30 €. Usa el código OTOÑO30.\n\nDarse de baja", bulk=True),
        Sample(NOTHING, "Taller Nube <hola@tallernube.example>", "¿Qué te ha parecido tu compra?",
               "Hola Lucía,\n\nvalora los productos de tu último pedido: tu opinión es importante para nosotros."),
        Sample(NOTHING, "Ferretería Sol <pedidos@ferreteriasol.example>", "Restablecer contraseña",
               "Hemos recibido una solicitud para restablecer la contraseña de su cuenta. Si no ha sido usted, ignore este "
               "mensaje."),
        Sample(NOTHING, "Correos <aviso@correos-aduana-es.example>", "Su paquete está pendiente de entrega",
               "Estimado cliente:\n\nsu paquete está retenido por gastos de aduana. Debe abonar los gastos de 1,79 € o será "
               "devuelto al remitente. Confirme su dirección aquí."),
        Sample(NOTHING, "Hogar Feliz <ofertas@hogarfeliz.example>", "Envío gratis en todos tus pedidos",
               "Compra ahora y no pagues gastos de envío hasta el domingo. Oferta válida hasta el 15/11.\n\nDate de baja",
               bulk=True),
    ],
    "nl": [
        Sample(ORDERED, "Fietsplaats <klantenservice@fietsplaats.example>", "Bedankt voor je bestelling! (10778)",
               "Hoi Sanne,\n\nwe hebben je bestelling ontvangen en gaan er meteen mee aan de slag. Je krijgt een mail zodra "
               "je pakket onderweg is.\n\nBestelnummer: 10778\nFietslamp x 1\t€ 24,95\nVerzendkosten\t€ 3,95\n"
               "Totaal\t€ 28,90"),
        Sample(ORDERED, "Tuincentrum Dam <info@tuindam.example>", "Bevestiging van uw bestelling 2026-4411",
               "Geachte heer Bakker,\n\nhierbij bevestigen wij uw bestelling met ordernummer 2026-4411.\n"
               "Totaalbedrag: € 76,50\nZodra uw bestelling verzonden wordt, ontvangt u bericht."),
        Sample(PAID, "Betaalo <service@betaalo.example>", "Je betaling aan Fietsplaats",
               "Hallo Sanne de Boer,\n\nje hebt € 28,90 EUR betaald aan Fietsplaats.\n\nTransactiecode: 5GH90012WX\n"
               "Verkoper: Fietsplaats"),
        Sample(UNPAID, "Fietsplaats <klantenservice@fietsplaats.example>", "De betaling van bestelling 10778 is niet gelukt",
               "Hoi Sanne,\n\nhelaas is je betaling van € 28,90 mislukt. Probeer het opnieuw met een andere betaalmethode."),
        Sample(SENT, "Fietsplaats <klantenservice@fietsplaats.example>", "Je bestelling 10778 is onderweg!",
               "Hoi Sanne,\n\nwe hebben je pakket aan PostNL meegegeven.\nTrack & Trace-code: 3SABCD1234567\n"
               "Verwachte bezorging: donderdag 12 november"),
        Sample(SENT, "Pakketdienst <noreply@pakketdienst.example>", "Vandaag bezorgen we je pakket van Tuincentrum Dam",
               "Beste heer Bakker,\n\nuw pakket 05212345678901 wordt vandaag bezorgd tussen 13:15 en 15:15 uur."),
        Sample(ARRIVED, "Pakketdienst <noreply@pakketdienst.example>", "Je pakket is bezorgd",
               "Beste heer Bakker,\n\nuw pakket 05212345678901 is om 14:02 bij de buren afgegeven."),
        Sample(LATE, "Tuincentrum Dam <info@tuindam.example>", "Uw bestelling 2026-4411 heeft vertraging",
               "Geachte heer Bakker,\n\nhelaas duurt de levering van uw bestelling langer dan verwacht. De nieuwe leverdatum is "
               "27 november. Onze excuses voor het ongemak."),
        Sample(CANCELLED, "Fietsplaats <klantenservice@fietsplaats.example>", "Je bestelling 10778 is geannuleerd",
               "Hoi Sanne,\n\nop jouw verzoek hebben we bestelling 10778 geannuleerd."),
        Sample(RETURNED, "Modehuis Gracht <service@modehuisgracht.example>", "We hebben je retour binnen",
               "Hoi Tim,\n\nje retourzending van bestelling 9020113 is aangekomen in ons magazijn. We controleren nu de "
               "artikelen."),
        Sample(PROMISED, "Modehuis Gracht <service@modehuisgracht.example>", "Je terugbetaling is onderweg",
               "Hoi Tim,\n\nwe hebben de terugbetaling van € 54,95 voor bestelling 9020113 in gang gezet. Het bedrag staat "
               "binnen 3 tot 5 werkdagen op je rekening."),
        Sample(REFUNDED, "Modehuis Gracht <service@modehuisgracht.example>", "Je hebt € 54,95 terugbetaald gekregen",
               "Hoi Tim,\n\nwe hebben € 54,95 teruggestort op de rekening waarmee je bestelling 9020113 hebt betaald."),
        Sample(ANSWERED, "Tuincentrum Dam <info@tuindam.example>", "Re: bestelling 2026-4411 niet ontvangen",
               "Geachte heer Bakker,\n\nbedankt voor uw bericht. Ik heb navraag gedaan bij de vervoerder: uw pakket van bestelling "
               "2026-4411 ligt nog in het depot.\n\nMet vriendelijke groet,\nAnouk"),
        Sample(AUTOMATIC, "Modehuis Gracht <service@modehuisgracht.example>", "We hebben je vraag ontvangen",
               "Hoi,\n\ner is een ticket aangemaakt met nummer 81102. We nemen zo snel mogelijk contact met je op.\n\nDit is een "
               "automatisch gegenereerd bericht, reageer niet op deze e-mail."),
        Sample(NOTHING, "Modehuis Gracht <nieuws@modehuisgracht.example>", "Laatste kans: 20% korting op je volgende bestelling",
               "Shop nu met de code HERFST20. Gratis verzending vanaf € 40. Op is op!\n\nUitschrijven", bulk=True),
        Sample(NOTHING, "Fietsplaats <klantenservice@fietsplaats.example>", "Wat vond je van je fietslamp?",
               "Hoi Sanne,\n\nschrijf een review over je aankoop en help andere fietsers. Jouw mening telt."),
        Sample(NOTHING, "Tuincentrum Dam <info@tuindam.example>", "Wachtwoord opnieuw instellen",
               "U heeft gevraagd om uw wachtwoord opnieuw in te stellen. Klik op de link voor een nieuw wachtwoord."),
        Sample(NOTHING, "PostNL <info@pakket-douane-nl.example>", "Uw pakket wacht op bezorging",
               "Geachte klant,\n\nuw pakket wordt vastgehouden wegens openstaande douanekosten van € 1,99. Betaal de kosten, anders "
               "gaat het retour naar de afzender. Bevestig uw gegevens."),
        Sample(NOTHING, "Huis & Tuin <acties@huisentuin.example>", "Gratis verzending op al je bestellingen",
               "Bestel nu en betaal dit weekend geen verzendkosten. Actie geldig tot 15/11.\n\nAfmelden", bulk=True),
    ],
    "ja": [
        Sample(ORDERED, "山の雑貨店 <order@yama-zakka.example>", "【山の雑貨店】ご注文ありがとうございます（注文番号 20261103-118）",
               "佐藤様\n\nこの度は山の雑貨店をご利用いただき、誠にありがとうございます。\n下記の内容でご注文を承りました。\n\n"
               "注文番号：20261103-118\n商品：木のお皿 × 2\n小計：3,960円\n送料：660円\n合計：4,620円\n\n"
               "発送が完了しましたら、あらためてご連絡いたします。"),
        Sample(ORDERED, "ことり書房 <shop@kotori-books.example>", "ご注文内容の確認（自動配信メール）",
               "鈴木様\n\nご購入いただきありがとうございます。以下のご注文を受け付けました。\nご注文番号 KB-33120\n"
               "お支払い金額 2,750円（税込）\nご入金確認後に発送いたします。"),
        Sample(PAID, "ことり書房 <shop@kotori-books.example>", "ご入金を確認いたしました（KB-33120）",
               "鈴木様\n\nご注文番号 KB-33120 のご入金を確認いたしました。ありがとうございます。商品の発送まで今しばらくお待ちください。"),
        Sample(PAID, "みどりカード <info@midori-card.example>", "カードご利用のお知らせ",
               "いつもみどりカードをご利用いただきありがとうございます。\n\nご利用日時：2026/11/03 14:22\nご利用先：ヤマノザッカテン\n"
               "ご利用金額：4,620円"),
        Sample(UNPAID, "山の雑貨店 <order@yama-zakka.example>", "【重要】お支払いが完了していません（注文番号 20261103-118）",
               "佐藤様\n\nクレジットカード決済がエラーとなり、お支払いが完了しておりません。別のお支払い方法で再度お手続きをお願いいたします。"),
        Sample(SENT, "山の雑貨店 <order@yama-zakka.example>", "【山の雑貨店】商品発送のお知らせ",
               "佐藤様\n\nご注文番号 20261103-118 の商品を本日発送いたしました。\n配送業者：ヤマト運輸\nお問い合わせ番号：4412-3345-6678"),
        Sample(SENT, "宅配便お知らせ <mail@takuhai-info.example>", "お荷物お届け予定のお知らせ",
               "山の雑貨店様からのお荷物を11月5日（木）14時～16時にお届けする予定です。\n送り状番号：4412-3345-6678\n品名：雑貨"),
        Sample(ARRIVED, "宅配便お知らせ <mail@takuhai-info.example>", "お荷物の配達が完了しました",
               "送り状番号：4412-3345-6678\n11月5日 15時02分に配達が完了しました。受取人：佐藤様"),
        Sample(LATE, "ことり書房 <shop@kotori-books.example>", "お届け遅延のお詫び（KB-33120）",
               "鈴木様\n\n大変申し訳ございません。出版社からの入荷が遅れており、ご注文番号 KB-33120 の発送が遅れております。"
               "新しいお届け予定日は11月27日です。"),
        Sample(CANCELLED, "ことり書房 <shop@kotori-books.example>", "ご注文キャンセルのお知らせ（KB-33120）",
               "鈴木様\n\nご依頼により、ご注文番号 KB-33120 をキャンセルいたしました。またのご利用をお待ちしております。"),
        Sample(RETURNED, "シンプル服店 <support@simple-fuku.example>", "返品商品が到着しました",
               "高橋様\n\n注文番号 SF-90021 の返品商品を受領いたしました。検品後、手続きに進みます。"),
        Sample(PROMISED, "シンプル服店 <support@simple-fuku.example>", "ご返金手続きについて",
               "高橋様\n\n注文番号 SF-90021 につきまして、5,500円を返金いたします。返金の手続きを開始しましたので、カード会社より"
               "1～2週間ほどで返金される予定です。"),
        Sample(REFUNDED, "シンプル服店 <support@simple-fuku.example>", "返金完了のお知らせ",
               "高橋様\n\n注文番号 SF-90021 の返金処理が完了いたしました。\n返金額：5,500円\n返金方法：クレジットカード"),
        Sample(ANSWERED, "山の雑貨店 <order@yama-zakka.example>", "Re: 注文番号20261103-118が届きません",
               "佐藤様\n\nお問い合わせいただきありがとうございます。山の雑貨店の田中です。\n配送業者に確認いたしましたところ、お荷物は"
               "営業所で保管中とのことでした。\nよろしくお願いいたします。"),
        Sample(AUTOMATIC, "シンプル服店 <support@simple-fuku.example>", "お問い合わせを受け付けました",
               "このメールは自動返信です。\nお問い合わせいただきありがとうございます。内容を確認のうえ、2営業日以内に担当者よりご連絡いたします。"),
        Sample(NOTHING, "シンプル服店 <mag@simple-fuku.example>", "【本日限り】全品20%オフ！送料無料クーポン配布中",
               "お買い物はこちら。ご注文はお早めに！期間限定セール開催中です。\n\n配信停止はこちら", bulk=True),
        Sample(NOTHING, "山の雑貨店 <order@yama-zakka.example>", "レビューご協力のお願い",
               "佐藤様\n\n先日はお買い上げいただきありがとうございました。商品の使い心地はいかがでしょうか。レビューを投稿していただくと"
               "100ポイントを差し上げます。"),
        Sample(NOTHING, "ことり書房 <shop@kotori-books.example>", "パスワード再設定のご案内",
               "パスワードの再設定を受け付けました。下記のURLから新しいパスワードを設定してください。"),
        Sample(NOTHING, "佐川急便 <notice@sagawa-saihai.example>", "お荷物のお届けにあがりましたが不在の為持ち帰りました",
               "住所が不完全なため、お荷物を配達できませんでした。24時間以内に住所を確認し、再配達料をお支払いください。"
               "お支払いがない場合は差出人に返送されます。"),
        Sample(NOTHING, "くらし市場 <mag@kurashi-ichiba.example>", "今だけ送料無料！お届けも早い人気ランキング",
               "新着商品を今すぐチェック。送料無料キャンペーン期間は日曜まで。\n\nメルマガ解除", bulk=True),
    ],
    "zh": [
        Sample(ORDERED, "青木书店 <service@qingmu-books.example>", "您的订单已提交成功（订单号：202611030087）",
               "王女士，您好！\n\n感谢您在青木书店购物，我们已收到您的订单。\n订单号：202611030087\n商品：小说选 × 1\n"
               "订单金额：¥68.00\n发货后我们会通知您。"),
        Sample(ORDERED, "小島選物 <hello@xiaodao.example>", "感謝您的訂購！訂單編號 XD20261103",
               "陳先生您好：\n\n您的訂單已成立，我們將儘快為您安排出貨。\n訂單編號：XD20261103\n總計：NT$1,280\n付款方式：信用卡"),
        Sample(PAID, "招财银行 <notice@zhaocai-bank.example>", "信用卡消费提醒",
               "尊敬的客户：您尾号3321的信用卡于11月03日14:22消费人民币68.00元，交易商户：青木书店。"),
        Sample(PAID, "青木书店 <service@qingmu-books.example>", "付款成功通知",
               "王女士，您好！您的订单202611030087已付款成功，支付金额：¥68.00，支付方式：支付宝。"),
        Sample(UNPAID, "小島選物 <hello@xiaodao.example>", "付款失敗通知：訂單 XD20261103",
               "陳先生您好：\n\n您的信用卡付款未成功，請重新付款或改用其他付款方式，以免訂單 XD20261103 被取消。"),
        Sample(SENT, "青木书店 <service@qingmu-books.example>", "您的订单已发货",
               "王女士，您好！订单202611030087的商品已交给顺丰速运，请注意查收。\n快递单号：SF1398812345678"),
        Sample(SENT, "小島選物 <hello@xiaodao.example>", "您的訂單 XD20261103 已出貨",
               "陳先生您好：\n\n您的包裹已由黑貓宅急便寄出，物流單號：906612345678，預計送達日期：11月6日。"),
        Sample(ARRIVED, "飞达快递 <notice@feida.example>", "您的快递已签收",
               "您好，您的包裹（运单号：SF1398812345678）已于11月05日15:02签收，签收人：前台。感谢使用飞达快递。"),
        Sample(LATE, "小島選物 <hello@xiaodao.example>", "訂單 XD20261103 出貨延遲通知",
               "陳先生您好：\n\n非常抱歉，由於商品暫時缺貨，您的訂單將延遲出貨，預計送達時間延後至11月25日。"),
        Sample(CANCELLED, "青木书店 <service@qingmu-books.example>", "订单取消通知",
               "王女士，您好！根据您的申请，订单202611030087已取消。"),
        Sample(RETURNED, "云衣阁 <kefu@yunyige.example>", "我们已收到您的退货",
               "您好，订单YY9902113的退货包裹已到达仓库，正在验货，请耐心等待。"),
        Sample(PROMISED, "云衣阁 <kefu@yunyige.example>", "您的退款正在处理中",
               "您好，订单YY9902113的退款申请已通过，199.00元将在3-5个工作日内退回您的支付账户。"),
        Sample(REFUNDED, "云衣阁 <kefu@yunyige.example>", "退款到账通知",
               "您好，订单YY9902113的退款已完成，199.00元已退回您的支付宝账户。"),
        Sample(ANSWERED, "青木书店 <service@qingmu-books.example>", "回复：订单202611030087一直没收到",
               "王女士，您好！感谢您的来信。经查询，订单202611030087的包裹目前滞留在网点，我们已联系快递公司尽快派送。\n\n"
               "青木书店客服 小林"),
        Sample(AUTOMATIC, "云衣阁 <kefu@yunyige.example>", "自动回复：我们已收到您的邮件",
               "您好，已收到您关于订单YY9902113的咨询，我们会尽快回复。此为系统自动回复邮件，请勿直接回复。"),
        Sample(NOTHING, "云衣阁 <news@yunyige.example>", "限时秒杀！全场五折包邮，仅限今天",
               "新品上市，立即抢购！满199减50，数量有限。\n\n退订", bulk=True),
        Sample(NOTHING, "青木书店 <service@qingmu-books.example>", "邀请您评价已购商品",
               "王女士，您好！您购买的商品用得怎么样？发表评价可获得20积分。"),
        Sample(NOTHING, "小島選物 <hello@xiaodao.example>", "重設密碼",
               "您好：我們收到您重設密碼的請求，請點擊連結設定新密碼。若非本人操作，請忽略此信。"),
        Sample(NOTHING, "中国邮政 <notice@youzheng-bao.example>", "您的包裹无法派送，请尽快处理",
               "尊敬的用户：由于地址不完整，您的包裹被扣留。请在24小时内更新地址并支付重新派送费3元，否则将退回寄件人。"),
        Sample(NOTHING, "好家居 <promo@haojiaju.example>", "全场免运费，下单即送好礼",
               "本周下单免运费，立即购买享优惠。活动时间：11月1日至11月15日。\n\n取消订阅", bulk=True),
    ],
}  # fmt: skip


def _mail(sample: Sample) -> RawMail:
    message = EmailMessage()
    message["From"] = sample.sender
    message["To"] = "kunde@post.example"
    message["Subject"] = sample.subject
    message["Date"] = "Tue, 03 Nov 2026 10:00:00 +0000"
    message["Message-ID"] = "<1@shop.example>"
    if sample.bulk:
        message["List-Unsubscribe"] = "<mailto:leave@shop.example>"
        message["Precedence"] = "bulk"
    message.set_content(sample.body)
    return RawMail("words", "INBOX", 1, 1, None, message.as_bytes())


_TABLE = [
    pytest.param(language, sample, id=f"{language}-{number:02}-{sample.kind.value}")
    for language, samples in SAMPLES.items()
    for number, sample in enumerate(samples, 1)
]


@pytest.mark.parametrize(("language", "sample"), _TABLE)
def test_a_mail_as_live_shops_write_it_is_read_as_what_it_says(language: str, sample: Sample) -> None:
    mail = parse.mail(_mail(sample), now=datetime(2026, 11, 22, tzinfo=UTC))
    verdict = classify(mail, knowledge.load())
    assert verdict.kind is sample.kind, verdict.reason
    assert verdict.language == language


def test_every_language_of_the_table_has_samples_of_both_sorts() -> None:
    for language, samples in SAMPLES.items():
        purchases = {sample.kind for sample in samples} - {NOTHING}
        assert len(purchases) >= 10, language
        assert sum(sample.kind is NOTHING for sample in samples) >= 4, language


def _lists(table: dict[str, object], path: str = "") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= _lists(value, f"{path}{key}.")
        elif isinstance(value, list):
            found[path + key] = value
    return found


_VALUES = ("labels.", "money.", "dates.", "payment.", "promises.", "identity.", "patterns.")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_language_has_the_same_word_lists_as_english_and_says_nothing_twice(path: Path) -> None:
    english = _lists(tomllib.loads((FOLDER / "en.toml").read_text("utf-8")))
    lists = _lists(tomllib.loads(path.read_text("utf-8")))
    words = {key: phrases for key, phrases in lists.items() if not key.startswith(_VALUES)}
    assert words.keys() == {key for key in english if not key.startswith(_VALUES)}
    for key, phrases in words.items():
        assert phrases or key in ("identity.vat", "identity.permit"), key  # numbers that not every country has
        assert len(set(phrases)) == len(phrases), f"{key}: {[one for one in phrases if phrases.count(one) > 1]}"
