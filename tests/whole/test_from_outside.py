"""Companies from outside Europe ask, in their own language, how to get in."""

from __future__ import annotations

import pytest

from assistant.answers import ClaimKind, Outcome
from assistant.app import App
from assistant.texts import say
from assistant.understand.questions import OUTSIDE, Profile, Question
from corpus.vocabulary import LANGUAGES

ASKED = {
    "pt": (
        "Somos um fabricante brasileiro de dispositivos médicos. Precisamos de um representante autorizado na UE?",
        "Quanto tempo demora obter o certificado MDR de um organismo notificado?",
        "Desde quando se aplica o regulamento IVDR aos testes de diagnóstico in vitro na Europa?",
        "Como se autoriza um novo alimento (novel food) na União Europeia e quanto tempo tem a EFSA?",
        "O RGPD aplica-se a uma empresa de fora da União Europeia e precisamos de um representante?",
        "Como se submete um ensaio clínico na Europa através do CTIS?",
        "O titular da autorização de um medicamento tem de estar estabelecido no Espaço Económico Europeu?",
        "Desde quando é obrigatório o registo na EUDAMED?",
    ),
    "zh": (
        "我们是一家中国医疗器械公司。在欧盟销售需要授权代表吗？",
        "欧盟MDR下的医疗器械如何分类，哪些需要公告机构？",
        "IVDR从什么时候开始适用于欧盟的体外诊断试剂？",
        "新型食品如何在欧盟获得批准？",
        "欧盟以外的公司是否受GDPR约束？是否需要在欧盟任命代表？",
        "在欧洲开展临床试验要通过CTIS提交吗？",
        "欧洲健康数据空间（EHDS）什么时候开始实施？",
        "进入欧洲市场需要多长时间？",
    ),
    "ja": (
        "EU域外の企業にはどのような代理人が必要ですか？",
        "MDRの認証を取得するまでにどのくらいの期間がかかりますか？",
        "IVDRは体外診断用医薬品にいつから適用されていますか？",
        "EUで新規食品（ノベルフード）の認可を受けるにはどうすればよいですか？",
        "EU域外の企業にもGDPRは適用されますか？代理人が必要ですか？",
        "欧州での臨床試験はCTISで申請する必要がありますか？",
        "EUDAMEDへの登録はいつから義務ですか？",
        "欧州で再生医療等製品（ATMP）を承認してもらうにはどの手続きになりますか？",
    ),
    "ko": (
        "저희는 한국의 의료기기 회사입니다. EU 밖의 회사는 어떤 대리인이 필요합니까?",
        "MDR 인증을 받는 데 얼마나 걸립니까?",
        "IVDR은 언제부터 체외진단 의료기기에 적용되었습니까?",
        "유럽연합에서 신규 식품(novel food)은 어떻게 승인받습니까?",
        "EU 밖의 회사에도 GDPR이 적용됩니까? 대리인을 지정해야 합니까?",
        "유럽에서 임상시험은 CTIS를 통해 신청해야 합니까?",
        "EUDAMED 등록은 언제부터 의무입니까?",
        "유럽에서 의약품 허가를 받으려면 누가 유럽에 있어야 합니까?",
    ),
}
NOT_KNOWN = {
    "pt": ("Qual será a taxa da EMA para aconselhamento científico em 2029?", "Que tempo faz amanhã em Turim?"),
    "zh": ("欧洲公告机构TÜV对我们的支架具体收费多少欧元？", "慕尼黑明天天气怎么样？"),
    "ja": ("BSIの審査員の個人的な電話番号を教えてください。", "ミュンヘンのラーメン屋でおすすめはどこですか？"),
    "ko": ("DEKRA 심사원의 일당은 정확히 얼마입니까?", "바르셀로나에서 가장 좋은 식당은 어디입니까?"),
}


@pytest.mark.parametrize("language", ASKED)
def test_what_the_library_says_of_europe_is_told_to_who_asks_in_a_language_from_outside(
    shipped: App, language: str
) -> None:
    answers = [shipped.assistant.answer(Question(text)) for text in ASKED[language]]
    told = [answer for answer in answers if answer.claims]
    assert len(told) >= 0.7 * len(answers)
    for answer in told:
        about = [citation.document.metadata.markets for citation in answer.citations]
        assert "europe" in about[0]
        assert all("europe" in markets or not markets for markets in about)  # or of all markets
        first = answer.claims[0]
        assert (first.kind, first.language) == (ClaimKind.ANSWER, "en")
        assert answer.language == "en"


@pytest.mark.parametrize("text", [text for asked in NOT_KNOWN.values() for text in asked])
def test_what_the_library_does_not_say_is_declined_in_these_languages_too(shipped: App, text: str) -> None:
    assert shipped.assistant.answer(Question(text)).outcome.declined


@pytest.mark.parametrize(
    ("language", "numbers"),
    [  # two of each language, and each in several languages; with `make test-long` the others
        pytest.param(language, numbers, marks=[] if (at + row) % 2 else pytest.mark.long)
        for at, language in enumerate(LANGUAGES)
        for row, numbers in enumerate([(1, 3), (2, 4)])
    ],
)
def test_the_first_questions_that_are_offered_to_companies_from_outside_are_answered_about_europe(
    shipped: App, language: str, numbers: tuple[int, ...]
) -> None:
    profile = Profile(markets=frozenset({"europe"}), home=OUTSIDE)
    for number in numbers:
        text = say(language, f"outside_{number}")
        answer = shipped.assistant.answer(Question(text, language=language, profile=profile))
        assert answer.outcome is Outcome.GROUNDED, text
        assert (answer.claims[0].kind, answer.claims[0].language) == (ClaimKind.ANSWER, language)
        about = answer.citations[0].document.metadata
        assert "europe" in about.markets or "clusters" in about.topics, text
        assert {"biocat", "biom", "biopmed", "lyonbiopole"} <= {contact.who.code for contact in answer.contacts}, text


def test_who_says_to_come_from_outside_gets_the_ways_in_and_no_cluster_as_its_own(shipped: App) -> None:
    profile = Profile(home=OUTSIDE)
    answer = shipped.assistant.answer(Question("Who can help us with devices?", profile=profile))
    reasons = [contact.reason for contact in answer.contacts]
    assert "eccp" in {contact.who.code for contact in answer.contacts}
    assert not [reason for reason in reasons if reason.startswith("because your company is in")]
