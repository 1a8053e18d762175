"""A statement of reasons, with the attributes and names of the DSA Transparency Database (schema version 2)."""

from __future__ import annotations

from datetime import date

import msgspec

from domain.statements.categories import Category, Keyword
from domain.statements.schema import (
    AccountDecision,
    AccountKind,
    Automation,
    ContentType,
    Ground,
    Monetary,
    Provision,
    SourceType,
    Visibility,
    YesOrNo,
)


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Why a restriction was imposed: `problems` says whether it is complete. Days are local, None as an end is without end.

    Every attribute may be absent, so that what lacks can be told. As a fact it holds no text: `decision_facts`, grounds and explanations
    are filled in from the templates of the pack when it is read to somebody or sent.
    """

    decision_visibility: tuple[Visibility, ...] = ()
    decision_visibility_other: str = ""
    end_date_visibility_restriction: date | None = None
    decision_monetary: Monetary | None = None
    decision_monetary_other: str = ""
    end_date_monetary_restriction: date | None = None
    decision_provision: Provision | None = None
    end_date_service_restriction: date | None = None
    decision_account: AccountDecision | None = None
    end_date_account_restriction: date | None = None
    account_type: AccountKind | None = None
    decision_facts: str = ""
    decision_ground: Ground | None = None
    decision_ground_reference_url: str = ""
    illegal_content_legal_ground: str = ""
    illegal_content_explanation: str = ""
    incompatible_content_ground: str = ""
    incompatible_content_explanation: str = ""
    incompatible_content_illegal: YesOrNo | None = None
    content_type: tuple[ContentType, ...] = ()
    content_type_other: str = ""
    category: Category | None = None
    category_addition: tuple[Category, ...] = ()
    category_specification: tuple[Keyword, ...] = ()
    category_specification_other: str = ""
    content_id: dict[str, str] = {}
    territorial_scope: tuple[str, ...] = ()
    content_language: str = ""
    content_date: date | None = None
    application_date: date | None = None
    source_type: SourceType | None = None
    source_identity: str = ""
    automated_detection: YesOrNo | None = None
    automated_decision: Automation | None = None
    puid: str = ""


DECISIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
ENDS = {  # the decision that each end belongs to
    "end_date_visibility_restriction": "decision_visibility", "end_date_monetary_restriction": "decision_monetary",
    "end_date_service_restriction": "decision_provision", "end_date_account_restriction": "decision_account"}
TEXTS = {  # the longest text that each attribute takes, in characters
    "decision_visibility_other": 500, "decision_monetary_other": 500, "decision_facts": 5000, "decision_ground_reference_url": 500,
    "illegal_content_legal_ground": 500, "illegal_content_explanation": 2000, "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2000, "content_type_other": 500, "category_specification_other": 500, "source_identity": 500,
    "puid": 500}
