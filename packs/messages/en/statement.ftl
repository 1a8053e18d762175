# Statements of reasons in English. The wording is ours. What stands after $ is given by the program; the rest may be edited at will.
# No text may name anybody: it goes to a public database.

title = Statement of reasons
issued = { $platform } issued this statement on { $date }.
part-restriction = What we decided, where and for how long
part-facts = What it is based on
part-means = Automated means
part-ground = The rule it rests on
part-redress = What you can do about it

restriction = { $decision ->
    [VISIBILITY_CONTENT_REMOVED] The content { $content } was removed.
    [VISIBILITY_CONTENT_DISABLED] Access to the content { $content } is disabled.
    [VISIBILITY_CONTENT_DEMOTED] The content { $content } is shown less and not recommended.
    [VISIBILITY_CONTENT_AGE_RESTRICTED] The content { $content } is shown to adults only.
    [VISIBILITY_CONTENT_INTERACTION_RESTRICTED] Interaction with the content { $content } is restricted.
    [VISIBILITY_CONTENT_LABELLED] The content { $content } carries a label.
    [MONETARY_SUSPENSION] Payments to you are suspended: { $what }.
    [MONETARY_TERMINATION] Payments to you that were held are ended for good.
    [PROVISION_PARTIAL_SUSPENSION] You cannot use part of the service: { $what }.
    [PROVISION_TOTAL_SUSPENSION] You cannot use the service.
    [PROVISION_PARTIAL_TERMINATION] Part of the service is ended for you for good: { $what }.
    [PROVISION_TOTAL_TERMINATION] The service is ended for you for good.
    [ACCOUNT_SUSPENDED] Your account is suspended.
    [ACCOUNT_TERMINATED] Your account is terminated.
   *[other] A restriction was imposed: { $what }.
}
duration = { $end ->
    [OPEN] It holds from { $from } on, without end.
   *[ENDS] It holds from { $from } to { $until }, both days included.
}
scope = It holds in: { $countries }.
facts = { $count ->
    [one] We found that a { $kind } made on { $date } breaches the policy “{ $policy }”.
   *[other] We found { $count } breaches of our policies. The one that led to this decision is a { $kind } made on { $date }, which breaches the policy “{ $policy }”.
}
found = In detail: { $facts }
source = { $source ->
    [ARTICLE_16] We looked into it because of a notice that somebody sent us.
    [TRUSTED_FLAGGER] We looked into it because of a notice from a trusted flagger.
    [TYPE_OTHER_NOTIFICATION] We looked into it because of information from somebody else.
   *[VOLUNTARY] We looked into it on our own initiative.
}
detection = { $automated ->
    [Yes] It was detected by automated means.
   *[No] It was not detected by automated means.
}
decision = { $automation ->
    [FULLY] The decision was made by automated means alone.
    [PARTIALLY] Both a person and automated means took part in the decision.
   *[NOT_AUTOMATED] The decision was made by a person.
}
ground = { $ground ->
    [ILLEGAL_CONTENT] { $law }
   *[INCOMPATIBLE_CONTENT] { $terms }: policy “{ $policy }”
}
explanation = { $ground ->
    [ILLEGAL_CONTENT] The content is illegal under { $law }. Our policy says: { $text }
   *[INCOMPATIBLE_CONTENT] The content is incompatible with this policy, which says: { $text }
}
address = You can read the rules at { $address }
complaint = You can complain to us, free of charge, within { $unit ->
    [HOURS] { $value ->
        [one] one hour
       *[other] { $value } hours
    }
    [WEEKDAYS] { $value ->
        [one] one weekday
       *[other] { $value } weekdays
    }
    [MONTHS] { $value ->
        [one] one month
       *[other] { $value } months
    }
   *[DAYS] { $value ->
        [one] one day
       *[other] { $value } days
    }
} from the day on which you are informed of this decision. A person who took no part in it will review it.
settlement = You can also turn to a certified body for out-of-court dispute settlement, and to a court.
corrected = { $correction ->
    [OVERTURNED] On { $date } this decision was overturned. It does not hold any more.
    [LIFTED] On { $date } this restriction was lifted.
    [SHORTENED] On { $date } this restriction was shortened. Another statement has taken the place of this one, unless the restriction is over.
   *[CONFIRMED] On { $date } another statement took the place of this one.
}
policy = { $title }
capability = { $capability ->
    [ADD_PRODUCTS] adding products
    [SHOPPABLE_VIDEO] videos with products
    [LIVE_SELLING] selling in LIVE
    [CAMPAIGN] campaigns
    [WITHDRAW_COMMISSION] withdrawing commission
    [RECOMMENDATION] recommendation
   *[other] { $capability }
}
content-kind = { $kind ->
    [VIDEO] video
    [LIVE] LIVE
    [IMAGE] picture
    [TEXT] text
    [AUDIO] sound recording
    [PRODUCT_SHOWCASE] product showcase
   *[BEHAVIOUR] conduct of the account
}
other-content = Conduct of the account, not a single content item
other-keyword = { $policy }
