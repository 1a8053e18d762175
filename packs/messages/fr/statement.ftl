# Statements of reasons in French: Exposés des motifs en français. The wording and its translation are ours.
# No text may name anybody: it goes to a public database.

title = Exposé des motifs
issued = { $platform } a établi cet exposé des motifs le { $date }.
part-restriction = Ce que nous avons décidé, où et pour combien de temps
part-facts = Les faits
part-means = Moyens automatisés
part-ground = La règle appliquée
part-redress = Vos voies de recours

restriction = { $decision ->
    [VISIBILITY_CONTENT_REMOVED] Le contenu { $content } a été retiré.
    [VISIBILITY_CONTENT_DISABLED] L’accès au contenu { $content } est désactivé.
    [VISIBILITY_CONTENT_DEMOTED] Le contenu { $content } est moins montré et n’est plus recommandé.
    [VISIBILITY_CONTENT_AGE_RESTRICTED] Le contenu { $content } n’est montré qu’aux adultes.
    [VISIBILITY_CONTENT_INTERACTION_RESTRICTED] Les interactions avec le contenu { $content } sont restreintes.
    [VISIBILITY_CONTENT_LABELLED] Le contenu { $content } porte un avertissement.
    [MONETARY_SUSPENSION] Les paiements qui vous sont destinés sont suspendus : { $what }.
    [MONETARY_TERMINATION] Les paiements retenus qui vous étaient destinés sont définitivement supprimés.
    [PROVISION_PARTIAL_SUSPENSION] Vous ne pouvez pas utiliser une partie du service : { $what }.
    [PROVISION_TOTAL_SUSPENSION] Vous ne pouvez pas utiliser le service.
    [PROVISION_PARTIAL_TERMINATION] Une partie du service vous est définitivement retirée : { $what }.
    [PROVISION_TOTAL_TERMINATION] Le service vous est définitivement retiré.
    [ACCOUNT_SUSPENDED] Votre compte est suspendu.
    [ACCOUNT_TERMINATED] Votre compte est fermé.
   *[other] Une restriction a été imposée : { $what }.
}
duration = { $end ->
    [OPEN] Elle s’applique à partir du { $from }, sans terme.
   *[ENDS] Elle s’applique du { $from } au { $until } inclus.
}
scope = Elle s’applique dans les pays suivants : { $countries }.
facts = { $count ->
    [one] Nous avons constaté qu’un contenu ({ $kind }) du { $date } enfreint la règle « { $policy } ».
   *[other] Nous avons constaté { $count } infractions à nos règles. Celle qui a conduit à cette décision est un contenu ({ $kind }) du { $date }, qui enfreint la règle « { $policy } ».
}
found = En détail : { $facts }
source = { $source ->
    [ARTICLE_16] Nous avons agi à la suite d’une notification que quelqu’un nous a adressée.
    [TRUSTED_FLAGGER] Nous avons agi à la suite d’une notification d’un signaleur de confiance.
    [TYPE_OTHER_NOTIFICATION] Nous avons agi à la suite d’informations reçues de tiers.
   *[VOLUNTARY] Nous avons agi de notre propre initiative.
}
detection = { $automated ->
    [Yes] L’infraction a été détectée par des moyens automatisés.
   *[No] L’infraction n’a pas été détectée par des moyens automatisés.
}
decision = { $automation ->
    [FULLY] La décision a été prise uniquement par des moyens automatisés.
    [PARTIALLY] Une personne et des moyens automatisés ont pris part à la décision.
   *[NOT_AUTOMATED] La décision a été prise par une personne.
}
ground = { $ground ->
    [ILLEGAL_CONTENT] { $law }
   *[INCOMPATIBLE_CONTENT] { $terms } : règle « { $policy } »
}
explanation = { $ground ->
    [ILLEGAL_CONTENT] Le contenu est illicite en vertu de { $law }. Notre règle dit : { $text }
   *[INCOMPATIBLE_CONTENT] Le contenu est incompatible avec cette règle, qui dit : { $text }
}
address = Vous pouvez lire les règles à cette adresse : { $address }
complaint = Vous pouvez introduire gratuitement une réclamation auprès de nous dans un délai { $unit ->
    [HOURS] { $value ->
        [one] d’une heure
       *[other] de { $value } heures
    }
    [WEEKDAYS] { $value ->
        [one] d’un jour ouvrable
       *[other] de { $value } jours ouvrables
    }
    [MONTHS] { $value ->
        [one] d’un mois
       *[other] de { $value } mois
    }
   *[DAYS] { $value ->
        [one] d’un jour
       *[other] de { $value } jours
    }
} à compter du jour où vous êtes informé de cette décision. Une personne qui n’y a pas pris part la réexaminera.
settlement = Vous pouvez aussi saisir un organe certifié de règlement extrajudiciaire des litiges, ou un tribunal.
corrected = { $correction ->
    [OVERTURNED] Le { $date }, cette décision a été annulée. Elle ne s’applique plus.
    [LIFTED] Le { $date }, cette restriction a été levée.
    [SHORTENED] Le { $date }, cette restriction a été écourtée. Un autre exposé remplace celui-ci, sauf si la restriction est terminée.
   *[CONFIRMED] Le { $date }, un autre exposé a remplacé celui-ci.
}
policy = { $policy ->
    [MISLEADING_PROMOTION] Promotion trompeuse
    [MEDICAL_CLAIM] Allégations médicales
    [WEIGHT_MANAGEMENT] Gestion du poids
    [UNDISCLOSED_COMMERCIAL] Contenu commercial non signalé
    [IRRELEVANT_PROMOTION] Promotion sans rapport
    [LOW_QUALITY] Contenu de faible qualité
    [UNORIGINAL_CONTENT] Contenu non original
    [TRAFFIC_REDIRECTION] Détournement de trafic
    [AIGC_MISUSE] Usage abusif de contenus générés par l’IA
    [PROHIBITED_PRODUCT] Produits interdits
    [UNSUPPORTED_PRODUCT] Produits non pris en charge
    [RESTRICTED_PRODUCT] Produits réglementés
    [IP_INFRINGEMENT] Atteinte à la propriété intellectuelle
    [COUNTERFEIT] Contrefaçons
    [GAMBLING_LIKE] Promotion de type jeu de hasard
    [UNAUTHORISED_AUCTION] Enchères non autorisées
    [FAKE_ENGAGEMENT] Interactions factices
    [EVASION] Contournement des mesures
    [MINOR_SAFETY] Protection des mineurs
    [ILLEGAL_ACTIVITY] Activités illégales
    [UNVERIFIED_CLAIM] Allégations non vérifiées
   *[other] { $title }
}
capability = { $capability ->
    [ADD_PRODUCTS] ajout de produits
    [SHOPPABLE_VIDEO] vidéos avec produits
    [LIVE_SELLING] vente en LIVE
    [CAMPAIGN] campagnes
    [WITHDRAW_COMMISSION] retrait des commissions
    [RECOMMENDATION] recommandation
   *[other] { $capability }
}
content-kind = { $kind ->
    [VIDEO] vidéo
    [LIVE] LIVE
    [IMAGE] image
    [TEXT] texte
    [AUDIO] enregistrement sonore
    [PRODUCT_SHOWCASE] vitrine de produits
   *[BEHAVIOUR] comportement du compte
}
other-content = Comportement du compte, pas un contenu particulier
other-keyword = { $policy }
