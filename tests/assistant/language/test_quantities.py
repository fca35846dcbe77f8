"""Figures, dates and units across languages."""

from __future__ import annotations

from random import Random

import pytest

from assistant.language.quantities import figures, together


def stands(text: str, language: str, told: str) -> bool:
    """Whether the figures of a text stand in an English one."""
    return figures(text, language).stand_in(figures(told, "en"))


@pytest.mark.parametrize("written", ["26,067", "26.067", "26 067", "26\u00a0067", "26\u202f067", "26'067"])
def test_thousands_are_one_figure_however_they_are_parted(written: str) -> None:
    assert figures(f"USD {written} a year", "en").said == {"26067"}


@pytest.mark.parametrize(
    ("written", "language"),
    [("43.5 %", "en"), ("43,5 %", "fr"), ("43.5 per cent", "en"), ("43,5 por ciento", "es"), ("43,5 Prozent", "de")],
)
def test_a_decimal_comma_is_a_decimal_point(written: str, language: str) -> None:
    assert figures(written, language).said == {"43.5"}
    assert figures(written, language).units == {"43.5": {"%"}}


@pytest.mark.parametrize(
    ("written", "language"),
    [
        *((text, "en") for text in ("2 February 2026", "February 2, 2026", "2nd of Feb 2026", "2026-02-02")),
        *(("2. Februar 2026", "de"), ("02.02.2026", "de"), ("2 février 2026", "fr"), ("2 de febrero de 2026", "es")),
        *(("2 febbraio 2026", "it"), ("2 de febrer de 2026", "ca"), ("02/02/2026", "it")),
    ],
)
def test_a_date_is_one_in_any_language(written: str, language: str) -> None:
    assert figures(f"x {written}", language).said == {"2026-02-02"}


def test_a_date_may_be_told_less_exactly_than_it_stands_but_not_more() -> None:
    assert stands("Feb 2026", "en", "2 February 2026")
    assert stands("2 February", "en", "2 February 2026")
    assert stands("in 2026", "en", "2 February 2026")
    assert not stands("March 2026", "en", "2 February 2026")
    assert not stands("2 February 2026", "en", "February 2026")


@pytest.mark.parametrize("written", ["15 to 19 April 2019", "April 15-19, 2019", "15/19 April 2019"])
def test_both_days_of_a_span_have_its_month_and_year(written: str) -> None:
    assert figures(written, "en").said == {"2019-04-15", "2019-04-19"}


def test_years_side_by_side_are_no_month() -> None:
    assert figures("2020-21", "en").said == {"2020", "2021"}


@pytest.mark.parametrize(
    ("text", "language"),
    [("MaRS in Toronto", "fr"), ("un acord marc", "ca"), ("més de", "ca"), ("it may be so", "en"), ("mai prima", "it")],
)
def test_words_that_look_like_months_or_units_are_none(text: str, language: str) -> None:
    assert figures(text, language).said == frozenset()


@pytest.mark.parametrize(
    ("written", "language"),
    [("two years", "en"), ("zwei Jahre", "de"), ("deux ans", "fr"), ("due anni", "it"), ("dos años", "es")],
)
def test_small_numbers_in_words_are_figures(written: str, language: str) -> None:
    assert figures(written, language).said == {"2"}
    assert figures(written, language).units == {"2": {"year"}}


@pytest.mark.parametrize(
    ("written", "language"), [("class II", "en"), ("Klasse II", "de"), ("classe II", "fr"), ("clases II", "es")]
)
def test_a_class_is_a_figure(written: str, language: str) -> None:
    assert figures(written, language).said == {"class ii"}


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("40.000 millones de BRL", "es"),
        ("40.000 milions de BRL", "ca"),
        ("BRL 40 billion", "en"),
        ("40 milliards de BRL", "fr"),
        ("40 miliardi di BRL", "it"),
        ("40 Mrd. BRL", "de"),
    ],
)
def test_millions_are_multiplied_out(written: str, language: str) -> None:
    assert figures(written, language).said == {"40000000000"}
    assert figures(written, language).units == {"40000000000": {"BRL"}}


def test_a_scale_or_a_unit_that_is_told_once_may_be_told_twice() -> None:
    assert stands("zwischen 3 Millionen und 5 Millionen Euro", "de", "3 to 5 million euros")
    assert stands("tra 6 mesi e 36 mesi", "it", "6 to 36 months")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("12 years", "12 months"),
        ("EUR 500", "USD 500"),
        ("5 billion", "5 million"),
        ("12 %", "12 months and 7 %"),
        ("30 weeks", "30 working days"),
        ("class III", "class II"),
    ],
)
def test_the_same_number_of_something_else_does_not_stand(text: str, told: str) -> None:
    assert not stands(text, "en", told)


def test_what_several_sentences_give_stands_together() -> None:
    told = together([figures("12 months for new devices", "en"), figures("9 months for others", "en")])
    assert figures("9 oder 12 Monate", "de").stand_in(told)
    assert not figures("10 Monate", "de").stand_in(told)


@pytest.mark.parametrize(
    ("written", "language", "told"),
    [
        ("费用为30万美元", "zh", "a fee of USD 300,000"),
        ("2.5亿元", "zh", "CNY 250 million"),
        ("1億2,000万円の基金", "ja", "a fund of JPY 120 million"),
        ("3〜5億円", "ja", "JPY 300 million to JPY 500 million"),
        ("250만 달러", "ko", "USD 2.5 million"),
        ("50만 원의 수수료", "ko", "a fee of KRW 500,000"),
        ("2,5 mil milhões de euros", "pt", "EUR 2.5 billion"),
        ("R$ 40 bilhões", "pt", "BRL 40 billion"),
        ("三个月内", "zh", "within three months"),
        ("六十个工作日", "zh", "60 working days"),
        ("3から6か月", "ja", "3 to 6 months"),
        ("두 가지 경로", "ko", "two routes"),
        ("有效期为1年", "zh", "valid for one year"),
        ("两个市场", "zh", "both markets"),
        ("百分之二十", "zh", "20%"),
        ("売上高の3割", "ja", "30 % of turnover"),
        ("2026年2月2日起", "zh", "since 2 February 2026"),
        ("二〇二六年三月", "zh", "in March 2026"),
        ("2023年3月30日・31日付", "ja", "of 30/31 March 2023"),
        ("2026년 6월부터", "ko", "from June 2026"),
        ("a partir de 1º de fevereiro de 2019", "pt", "from 1 February 2019"),
        ("2026~27년", "ko", "in 2026-27"),
        ("第三类医疗器械", "zh", "a class III device"),
        ("II类和III类器械", "zh", "devices of class II and III"),
        ("クラスIVの機器", "ja", "a class IV device"),
        ("3등급 의료기기", "ko", "a class III device"),
        ("임상 3상 시험", "ko", "a phase III trial"),
        ("제3국 제조업체", "ko", "makers in a third country"),
        ("年1回の報告", "ja", "an annual report"),
        ("一个代表，1个地址", "zh", "one representative and an address"),
    ],
)
def test_figures_in_other_scripts_are_those_of_english(written: str, language: str, told: str) -> None:
    assert stands(written, language, told)


@pytest.mark.parametrize(
    ("written", "language", "told"),
    [
        ("30万美元", "zh", "USD 3 million"),
        ("30万美元", "zh", "EUR 300,000"),
        ("30万円", "ja", "JPY 30 million"),
        ("3억 원", "ko", "KRW 30 million"),
        ("三个月", "zh", "three years"),
        ("3か月", "ja", "2 months"),
        ("2026年2月2日", "zh", "2 March 2026"),
        ("2026년 2월", "ko", "February 2025"),
        ("第二类医疗器械", "zh", "a class III device"),
        ("2등급", "ko", "class III"),
        ("有效期为1年", "zh", "valid for two years"),
        ("25 milhões de euros", "pt", "EUR 25 billion"),
    ],
)
def test_other_figures_do_not_stand_in_other_scripts_either(written: str, language: str, told: str) -> None:
    assert not stands(written, language, told)


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("第三者機関", "ja"),
        ("数百万の人々", "ja"),
        ("一つの代理人", "ja"),
        ("十分な証拠", "ja"),
        ("一个代理人", "zh"),
        ("第二步", "zh"),
        ("두 번째 단계", "ko"),
        ("1개 기관", "ko"),
    ],
)
def test_what_only_looks_like_a_figure_is_none(written: str, language: str) -> None:
    assert figures(written, language).said == frozenset()


@pytest.mark.parametrize("drawn", [600, pytest.param(3000, marks=pytest.mark.long)])
@pytest.mark.parametrize("language", ["zh", "ja", "ko", "pt"])
def test_no_mixture_of_signs_breaks_the_reading_of_figures(language: str, drawn: int) -> None:
    signs = (
        "0123456789٣५〇零一二两十百千万亿億억만조年月日号個个か월년일.,，-~至から제第類级등급III%$円원 一百分之割MAY"
    )
    chance = Random(language)  # noqa: S311 - the same in every run, and no secret
    for _ in range(drawn):
        figures("".join(chance.choices(signs, k=chance.randint(1, 40))), language)
    figures("十" * 2000 + "9" * 2000 + "億" * 2000, language)


def test_a_class_in_figures_is_one_in_roman_numerals() -> None:
    assert figures("class 3 or 4", "en").said == {"class iii", "class iv"}
    assert stands("class III", "en", "class 3 devices")
    assert not stands("class III", "en", "3 devices")
