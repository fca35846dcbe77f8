"""Denials and contraries across languages."""

from __future__ import annotations

import pytest

from assistant.language.negation import polarity


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It does not expire.", "en"),
        ("It doesn't expire.", "en"),
        ("Es gibt keine Frist.", "de"),
        ("Non scade mai.", "it"),
        ("sense taxa", "ca"),
        ("N'expire pas", "fr"),
        ("Ninguna fuente lo dice.", "es"),
        ("Não há prazo.", "pt"),
        ("不需要注册。", "zh"),
        ("加拿大没有孤儿药制度。", "zh"),
        ("届出は不要です。", "ja"),
        ("有効期限がありません。", "ja"),
        ("등록할 필요가 없습니다.", "ko"),
        ("허용되지 않습니다.", "ko"),
    ],
)
def test_denials_are_seen(text: str, language: str) -> None:
    found = polarity(text, language)
    assert found.negates or found.lacks


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It expires.", "en"),
        ("Ordinance No. 169 applies.", "en"),
        ("Note the notice of the cap.", "en"),
        ("Es gibt noch eine Frist.", "de"),
        ("amb taxa", "ca"),
        ("Il fascicolo ne descrive l'origine.", "it"),
        ("Depuis le 1er mai, il expire.", "fr"),
        ("A licença expira.", "pt"),
        ("未来将不断增加，是否如此", "zh"),
        ("不仅适用于药品", "zh"),
        ("製造業者は登録しなければならない。", "ja"),
        ("少なくとも3年間有効です。", "ja"),
        ("まず必ず申請します。", "ja"),
        ("의약품뿐만 아니라 의료기기도 포함됩니다.", "ko"),
    ],
)
def test_plain_sentences_deny_nothing(text: str, language: str) -> None:
    found = polarity(text, language)
    assert not found.negates
    assert not found.lacks


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("The licence does not expire.", "en", "The licence expires."),
        ("Das Zertifikat läuft ab.", "de", "The certificate does not expire."),
        ("Le programme est facultatif.", "fr", "The programme is mandatory."),
        ("Se presenta después de la venta.", "es", "It is filed before the sale."),
        ("Il numero è diminuito.", "it", "The number grew."),
        ("Val almenys tres anys.", "ca", "It is valid for at most three years."),
        ("O certificado não expira.", "pt", "The certificate expires."),
        ("该计划是自愿的。", "zh", "The programme is mandatory."),
        ("在销售之后提交。", "zh", "It is filed before the sale."),
        ("少なくとも3年間有効です。", "ja", "It is valid for at most three years."),
        ("承認には有効期限があります。", "ja", "The approval has no expiry date."),
        ("이 제도는 임시적입니다.", "ko", "The scheme is permanent."),
        ("A maker may appoint a representative.", "en", "A maker must appoint a representative."),
        ("Ohne Niederlassung braucht er kein Mandat.", "de", "A maker without a place of business gives a mandate."),
    ],
)
def test_a_text_that_says_the_contrary_contradicts(text: str, language: str, told: str) -> None:
    assert polarity(text, language).contradicts(polarity(told, "en"))


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("Das Zertifikat läuft nicht ab.", "de", "The certificate does not expire."),
        ("The programme is not mandatory.", "en", "The programme is voluntary."),
        ("Der Test gilt nicht-kleinzelligem Lungenkrebs.", "de", "The test is for non-small-cell lung cancer."),
        ("Los estudios siguen sin resolver.", "es", "The studies remain unresolved."),
        ("Wellness-Software fällt nicht darunter.", "de", "Wellness software is outside the rules."),
        ("It is filed before the sale and renewed after it.", "en", "It is filed before the sale."),
        ("It applies from 26 May 2021.", "en", "It must be applied from 26 May 2021."),
        ("必须事先注册。", "zh", "It must be registered before."),
        ("费用不超过500欧元。", "zh", "The fee is at most EUR 500."),
        ("届出だけでなく承認も必要です。", "ja", "It needs approval and notification."),
        ("등록 없이는 판매할 수 없습니다.", "ko", "Without registration it cannot be sold."),
    ],
)
def test_the_same_in_other_words_does_not_contradict(text: str, language: str, told: str) -> None:
    assert not polarity(text, language).contradicts(polarity(told, "en"))


def test_what_leaves_a_denial_out_contradicts_until_the_source_is_read_without_that_part() -> None:
    told = polarity("12 months for new devices; others are not reviewed.", "en")
    assert polarity("12 Monate für neue Geräte.", "de").contradicts(told)
    assert not polarity("12 Monate für neue Geräte.", "de").contradicts(polarity("12 months for new devices.", "en"))


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("The FDA refunds the difference.", "en", "The company gets no refund of the difference."),
        ("La adecuación caduca a los cuatro años.", "es", "The adequacy is to be reviewed after four years."),
        ("Sie dürfen auch an Apotheken verkaufen.", "de", "Ordinary pharmacies are closed to such products."),
        ("The opinion is guaranteed within 60 days.", "en", "The target for the opinion is 60 days."),
        ("Le conseil est payant.", "fr", "The advice is free of charge."),
        ("CEBR has 40 members today.", "en", "An older text puts the members of CEBR at 40."),
    ],
)
def test_contraries_of_the_field_contradict(text: str, language: str, told: str) -> None:
    assert polarity(text, language).contradicts(polarity(told, "en"))
