# Statements of reasons in German: Begründungen auf Deutsch. The wording and its translation are ours.
# No text may name anybody: it goes to a public database.

title = Begründung der Entscheidung
issued = { $platform } hat diese Begründung am { $date } erstellt.
part-restriction = Was wir entschieden haben, wo und für wie lange
part-facts = Worauf die Entscheidung beruht
part-means = Automatisierte Mittel
part-ground = Die Regel, auf die wir uns stützen
part-redress = Was Sie dagegen tun können

restriction = { $decision ->
    [VISIBILITY_CONTENT_REMOVED] Der Inhalt { $content } wurde entfernt.
    [VISIBILITY_CONTENT_DISABLED] Der Zugang zum Inhalt { $content } ist gesperrt.
    [VISIBILITY_CONTENT_DEMOTED] Der Inhalt { $content } wird seltener gezeigt und nicht empfohlen.
    [VISIBILITY_CONTENT_AGE_RESTRICTED] Der Inhalt { $content } wird nur Erwachsenen gezeigt.
    [VISIBILITY_CONTENT_INTERACTION_RESTRICTED] Die Interaktion mit dem Inhalt { $content } ist eingeschränkt.
    [VISIBILITY_CONTENT_LABELLED] Der Inhalt { $content } trägt einen Hinweis.
    [MONETARY_SUSPENSION] Zahlungen an Sie sind ausgesetzt: { $what }.
    [MONETARY_TERMINATION] Einbehaltene Zahlungen an Sie sind endgültig beendet.
    [PROVISION_PARTIAL_SUSPENSION] Sie können einen Teil des Dienstes nicht nutzen: { $what }.
    [PROVISION_TOTAL_SUSPENSION] Sie können den Dienst nicht nutzen.
    [PROVISION_PARTIAL_TERMINATION] Ein Teil des Dienstes ist für Sie endgültig beendet: { $what }.
    [PROVISION_TOTAL_TERMINATION] Der Dienst ist für Sie endgültig beendet.
    [ACCOUNT_SUSPENDED] Ihr Konto ist ausgesetzt.
    [ACCOUNT_TERMINATED] Ihr Konto ist geschlossen.
   *[other] Eine Einschränkung wurde verhängt: { $what }.
}
duration = { $end ->
    [OPEN] Sie gilt ab dem { $from } ohne Ende.
   *[ENDS] Sie gilt vom { $from } bis zum { $until }, beide Tage eingeschlossen.
}
scope = Sie gilt in: { $countries }.
facts = { $count ->
    [one] Wir haben festgestellt, dass ein Inhalt ({ $kind }) vom { $date } gegen die Richtlinie „{ $policy }“ verstößt.
   *[other] Wir haben { $count } Verstöße gegen unsere Richtlinien festgestellt. Zu dieser Entscheidung geführt hat ein Inhalt ({ $kind }) vom { $date }, der gegen die Richtlinie „{ $policy }“ verstößt.
}
found = Im Einzelnen: { $facts }
source = { $source ->
    [ARTICLE_16] Anlass war eine Meldung, die uns jemand geschickt hat.
    [TRUSTED_FLAGGER] Anlass war die Meldung eines vertrauenswürdigen Hinweisgebers.
    [TYPE_OTHER_NOTIFICATION] Anlass waren Informationen von dritter Seite.
   *[VOLUNTARY] Wir sind von uns aus tätig geworden.
}
detection = { $automated ->
    [Yes] Der Verstoß wurde mit automatisierten Mitteln erkannt.
   *[No] Der Verstoß wurde nicht mit automatisierten Mitteln erkannt.
}
decision = { $automation ->
    [FULLY] Die Entscheidung wurde allein mit automatisierten Mitteln getroffen.
    [PARTIALLY] An der Entscheidung waren ein Mensch und automatisierte Mittel beteiligt.
   *[NOT_AUTOMATED] Die Entscheidung hat ein Mensch getroffen.
}
ground = { $ground ->
    [ILLEGAL_CONTENT] { $law }
   *[INCOMPATIBLE_CONTENT] { $terms }: Richtlinie „{ $policy }“
}
explanation = { $ground ->
    [ILLEGAL_CONTENT] Der Inhalt ist rechtswidrig nach { $law }. Unsere Richtlinie sagt: { $text }
   *[INCOMPATIBLE_CONTENT] Der Inhalt ist mit dieser Richtlinie unvereinbar. Sie sagt: { $text }
}
address = Die Regeln können Sie hier nachlesen: { $address }
complaint = Sie können sich kostenlos bei uns beschweren, innerhalb von { $unit ->
    [HOURS] { $value ->
        [one] einer Stunde
       *[other] { $value } Stunden
    }
    [WEEKDAYS] { $value ->
        [one] einem Werktag
       *[other] { $value } Werktagen
    }
    [MONTHS] { $value ->
        [one] einem Monat
       *[other] { $value } Monaten
    }
   *[DAYS] { $value ->
        [one] einem Tag
       *[other] { $value } Tagen
    }
} ab dem Tag, an dem Sie von dieser Entscheidung erfahren. Ein Mensch, der daran nicht beteiligt war, prüft sie.
settlement = Sie können sich auch an eine zertifizierte Stelle für außergerichtliche Streitbeilegung und an ein Gericht wenden.
corrected = { $correction ->
    [OVERTURNED] Am { $date } wurde diese Entscheidung aufgehoben. Sie gilt nicht mehr.
    [LIFTED] Am { $date } wurde diese Einschränkung beendet.
    [SHORTENED] Am { $date } wurde diese Einschränkung verkürzt. Eine andere Begründung tritt an die Stelle dieser, sofern die Einschränkung nicht vorbei ist.
   *[CONFIRMED] Am { $date } ist eine andere Begründung an die Stelle dieser getreten.
}
policy = { $policy ->
    [MISLEADING_PROMOTION] Irreführende Werbung
    [MEDICAL_CLAIM] Medizinische Behauptungen
    [WEIGHT_MANAGEMENT] Gewichtskontrolle
    [UNDISCLOSED_COMMERCIAL] Nicht gekennzeichnete Werbung
    [IRRELEVANT_PROMOTION] Werbung ohne Bezug
    [LOW_QUALITY] Inhalte von geringer Qualität
    [UNORIGINAL_CONTENT] Nicht eigene Inhalte
    [TRAFFIC_REDIRECTION] Umleitung von Besuchern
    [AIGC_MISUSE] Missbrauch von KI-Inhalten
    [PROHIBITED_PRODUCT] Verbotene Produkte
    [UNSUPPORTED_PRODUCT] Nicht unterstützte Produkte
    [RESTRICTED_PRODUCT] Beschränkte Produkte
    [IP_INFRINGEMENT] Verletzung geistigen Eigentums
    [COUNTERFEIT] Fälschungen
    [GAMBLING_LIKE] Werbung nach Art eines Glücksspiels
    [UNAUTHORISED_AUCTION] Nicht erlaubte Auktionen
    [FAKE_ENGAGEMENT] Vorgetäuschte Interaktion
    [EVASION] Umgehung von Maßnahmen
    [MINOR_SAFETY] Schutz Minderjähriger
    [ILLEGAL_ACTIVITY] Rechtswidrige Handlungen
    [UNVERIFIED_CLAIM] Ungeprüfte Behauptungen
   *[other] { $title }
}
capability = { $capability ->
    [ADD_PRODUCTS] Produkte hinzufügen
    [SHOPPABLE_VIDEO] Videos mit Produkten
    [LIVE_SELLING] Verkauf in LIVE
    [CAMPAIGN] Kampagnen
    [WITHDRAW_COMMISSION] Auszahlung von Provisionen
    [RECOMMENDATION] Empfehlung
   *[other] { $capability }
}
content-kind = { $kind ->
    [VIDEO] Video
    [LIVE] LIVE
    [IMAGE] Bild
    [TEXT] Text
    [AUDIO] Tonaufnahme
    [PRODUCT_SHOWCASE] Produktschau
   *[BEHAVIOUR] Verhalten des Kontos
}
other-content = Verhalten des Kontos, kein einzelner Inhalt
other-keyword = { $policy }
