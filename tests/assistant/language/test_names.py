"""Proper names across languages."""

from __future__ import annotations

import pytest

from assistant.language.names import missing_names

TOLD = (
    "Partners in Bavaria. BioM of Munich signed with Osaka Bio Headquarters in Japan; the Ministry of Health, Labour"
    " and Welfare (MHLW) and small firms (SMEs) from Piemonte took part, the European Commission reported."
)
KNOWN = frozenset({"japan", "giappone", "japon", "japo"})


def missing(text: str, language: str, told: str = TOLD, nearby: tuple[str, ...] = ()) -> frozenset[str]:
    return missing_names(text, language, told, translated=language != "en", nearby=nearby, known=KNOWN)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("In Bayern schloss BioM aus München einen Vertrag mit den Osaka Bio Headquarters.", "de"),
        ("À Munich, en Bavière, BioM a signé avec des PME du Piémont.", "fr"),
        ("Le PMI del Piemonte e il Ministero della Salute, del Lavoro hanno partecipato in Giappone.", "it"),
        ("El Ministerio de Salud, Trabajo y Bienestar participó con pymes del Piamonte.", "es"),
        ("La Comissió Europea ho va explicar amb el Ministeri de Salut.", "ca"),
        ("The MHLW took part with an SME.", "en"),
        ("The Ministry of Health, Labour and Welfare took part.", "en"),
    ],
)
def test_a_name_stands_under_its_name_in_another_language(text: str, language: str) -> None:
    assert missing(text, language) == frozenset()


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("In Bayern schloss BioWin einen Vertrag.", "de", "BioWin"),
        ("Ein Vertrag mit Siemens Healthineers besteht.", "de", "Healthineers"),
        ("Le contrat avec Biocat est signé.", "fr", "Biocat"),
        ("Il contratto con la PMDA è firmato.", "it", "PMDA"),
        ("El acuerdo con Chuncheon está firmado.", "es", "Chuncheon"),
        ("The agreement with Toronto was signed.", "en", "Toronto"),
        ("The agency FDA signed.", "en", "FDA"),
        ("Suiza ha firmado el acuerdo.", "es", "Suiza"),
        ("Eine Firma aus Toulouse in Spanien hat unterschrieben.", "de", "Spanien"),
    ],
)
def test_a_name_that_does_not_stand_there_is_missing(text: str, language: str, name: str) -> None:
    assert name in missing(text, language)


def test_common_nouns_with_capitals_are_no_names_in_german() -> None:
    text = "Der Hersteller stellt im März einen Antrag, und die Behörde prüft die Unterlagen."
    assert missing(text, "de") == frozenset()


def test_a_single_german_word_is_a_name_where_another_passage_has_it_as_one() -> None:
    text = "Der Vertrag mit Chuncheon ist unterschrieben."
    assert missing(text, "de") == frozenset()
    assert missing(text, "de", nearby=("The park of Chuncheon signed.",)) == {"Chuncheon"}


def test_an_acronym_stands_for_the_words_that_it_spells() -> None:
    assert missing("The European Cluster Collaboration Platform reported.", "en", "The ECCP reported.") == frozenset()


def test_names_in_scripts_without_capitals_are_known_ones() -> None:
    told = "BioM of Munich signed in Germany; the FDA and the PMDA took part."
    assert missing("慕尼黑的BioM在德国签约，FDA参加。", "zh", told) == frozenset()
    assert missing("ミュンヘンのBioMと医薬品医療機器総合機構（PMDA）が参加した。", "ja", told) == frozenset()
    assert missing("뮌헨의 BioM은 싱가포르에서 계약했습니다.", "ko", told) == {"싱가포르"}
    assert missing("BioWin在德国签约。", "zh", told) == {"BioWin"}
    assert missing("厚生労働省が参加した。", "ja", told) == {"厚生労働省"}
    assert (
        missing("국가약품감독관리국은 싱가포르에 있습니다.", "ko", "국가약품감독관리국은 싱가포르에 있다.")
        == frozenset()
    )
