"""Chat models through the real client, against a server on this machine that speaks the protocol."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.answers import Answer, ClaimKind, Outcome, Reason
from assistant.app import App, open_app
from assistant.model.chat_model import ModelRefused, ModelUnavailable
from assistant.model.providers import chat_model
from assistant.settings import Settings
from assistant.texts import say
from assistant.understand.questions import Question
from assistant.write.model_writer import CANNOT_ANSWER, PROMPT
from tests.chat_server import BEARING, QUESTION, TRUE, ChatHandler, seen, serve


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    yield from serve(ChatHandler)


@pytest.fixture(scope="module")
def modelled(shipped: App, server: str) -> Iterator[App]:
    """The shipped library with a chat model at the server, for which it has all the time it needs."""
    opened = open_app(Settings(home=shipped.home, chat_model="scripted", chat_url=server, chat_seconds=60))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def impatient(shipped: App, server: str) -> Iterator[App]:
    """The same, with little time."""
    opened = open_app(Settings(home=shipped.home, chat_model="scripted", chat_url=server, chat_seconds=1))
    yield opened
    opened.close()


def answer(app: App, mode: str, reply: str, question: str = QUESTION) -> Answer:
    ChatHandler.mode, ChatHandler.reply = mode, reply
    ChatHandler.asked.clear()
    assert app.chat is not None
    app.chat.circuit.succeeded()  # whatever went before: the provider is asked
    return app.assistant.answer(Question(question))


def test_without_a_name_there_is_no_model(shipped: App) -> None:
    assert shipped.settings.chat_model == ""
    assert shipped.chat is None


def test_a_true_statement_is_shown_with_the_sentence_that_bears_it(modelled: App) -> None:
    given = answer(modelled, "good", f"{TRUE} [KEY]\n")
    assert given.outcome is Outcome.GROUNDED
    assert [(claim.text, claim.kind) for claim in given.claims] == [(TRUE, ClaimKind.STATEMENT)]
    quote = given.citations[0].quote
    assert BEARING in quote
    assert quote in next(hit.passage.text for hit in given.hits if hit.passage.id == given.citations[0].passage_id)


def test_a_statement_in_the_reader_s_language_is_borne_by_an_english_sentence(modelled: App) -> None:
    italian = "Un fabbricante estero deve lavorare tramite un MAH o un DMAH autorizzato in Giappone."
    question = "Abbiamo bisogno di un MAH o di un DMAH per vendere un dispositivo di classe II in Giappone?"
    given = answer(modelled, "good", f"{italian} [KEY]\n", question)
    assert [claim.text for claim in given.claims] == [italian]
    assert given.language == "it"


IN_THEIR_LANGUAGE = (
    (
        "pt",
        "Um fabricante estrangeiro precisa de um MAH ou DMAH licenciado no Japão.",
        "Precisamos de um MAH ou de um DMAH para vender um dispositivo médico no Japão?",
    ),
    (
        "zh",
        "外国制造商必须通过持有许可的MAH或DMAH进入日本市场。",
        "在日本销售医疗器械需要MAH或DMAH吗？",
    ),
    (
        "ja",
        "外国の製造業者は、日本で許可を受けたMAHまたはDMAHを通さなければならない。",
        "日本で医療機器を販売するにはMAHまたはDMAHが必要ですか？",
    ),
    (
        "ko",
        "외국 제조업체는 일본에서 허가받은 MAH 또는 DMAH를 통해야 합니다.",
        "일본에 의료기기를 판매하려면 MAH 또는 DMAH가 필요합니까?",
    ),
)


@pytest.mark.parametrize(("language", "statement", "question"), IN_THEIR_LANGUAGE)
def test_a_model_answers_in_languages_that_the_house_does_not_speak(
    modelled: App, language: str, statement: str, question: str
) -> None:
    given = answer(modelled, "good", f"{statement} [KEY]\n", question)
    assert [(claim.text, claim.language) for claim in given.claims] == [(statement, language)]
    assert given.language == "en"  # what the house says around it


def test_what_is_no_whole_sentence_is_not_shown(modelled: App) -> None:
    given = answer(modelled, "good", f"{TRUE} [KEY]\nA foreign maker must work through a licensed MAH or")
    assert statements(given) == [TRUE]
    broken_off = answer(modelled, "good", "A foreign maker must work through a licensed MAH or")
    assert statements(broken_off) == []
    assert broken_off.claims[0].kind is ClaimKind.ANSWER


@pytest.mark.parametrize(("language", "statement", "question"), IN_THEIR_LANGUAGE)
def test_the_same_lie_is_seen_in_languages_that_the_house_does_not_speak(
    modelled: App, language: str, statement: str, question: str
) -> None:
    denied = {
        "pt": statement.replace("precisa", "não precisa"),
        "zh": statement.replace("必须", "不必"),
        "ja": statement.replace("通さなければならない", "通す必要はない"),
        "ko": statement.replace("통해야 합니다", "통하지 않아도 됩니다"),
    }
    another = statement.replace("MAH", "KLH")
    for lie in (denied[language], another):
        given = answer(modelled, "good", f"{lie} [KEY]\n", question)
        assert lie not in {claim.text for claim in given.claims}


def statements(given: Answer) -> list[str]:
    """What the model says in the answer."""
    return [claim.text for claim in given.claims if claim.kind is ClaimKind.STATEMENT]


def lied(app: App, lie: str) -> Answer:
    """What comes of a model that lies, then says one true thing: the lie is never shown, and the truth is.

    The library's own answer and quotations stand beside it, for the model did not begin with what stands.
    """
    given = answer(app, "good", f"{lie}\n{TRUE} [KEY]\n")
    assert statements(given) == [TRUE]
    assert [claim.kind for claim in given.claims[:2]] == [ClaimKind.STATEMENT, ClaimKind.ANSWER]
    assert {claim.kind for claim in given.claims[2:]} <= {ClaimKind.ANSWER, ClaimKind.QUOTATION}
    assert given.text.split("\n")[0] == TRUE
    assert given.notice == say("en", "model_in_part")
    assert [one.quote for one in given.claims[0].citations if BEARING not in one.quote] == []
    passages = {hit.passage.id: hit.passage.text for hit in given.hits}
    assert [one.quote for one in given.citations if one.quote not in passages[one.passage_id]] == []
    assert given.dropped >= 1
    assert all(rejected.text not in seen(given) for rejected in given.rejected if rejected.text != TRUE)
    return given


@pytest.mark.parametrize("key", ["[P77]", "[P0]", "[KEY] [P77]", "[1]", "(P77)", ""])
def test_lie_1_an_invented_key(modelled: App, key: str) -> None:
    given = lied(modelled, f"A foreign maker works through a licensed MAH in Japan. {key}".strip())
    assert given.rejected[0].reason is Reason.SOURCE


def test_lie_2_swapped_keys(modelled: App) -> None:
    given = lied(modelled, "A foreign maker works through a licensed MAH in Japan. [OTHER]")
    assert given.rejected[0].reason in {Reason.SUPPORT, Reason.CITATION, Reason.NAMES}


def test_a_statement_with_a_swapped_key_is_shown_once_the_model_names_the_right_one(modelled: App) -> None:
    given = answer(modelled, "good", f"{TRUE} [OTHER]\n{TRUE} [KEY]\n")
    assert [(claim.text, claim.kind) for claim in given.claims] == [(TRUE, ClaimKind.STATEMENT)]
    assert all(BEARING in citation.quote for citation in given.citations)
    assert given.rejected[0].reason in {Reason.SUPPORT, Reason.CITATION, Reason.NAMES}
    assert given.notice == ""


@pytest.mark.parametrize(
    "statement",
    [
        "A foreign maker must work through 3 licensed MAHs in Japan.",
        "A foreign maker must work through two licensed MAHs in Japan.",
        "A foreign maker of a class IV device must work through a licensed MAH in Japan.",
        "Since 2 February 2026 a foreign maker must work through a licensed MAH in Japan.",
        "A foreign maker must pay a licensed MAH USD 30,000 in Japan.",
    ],
)
def test_lie_3_a_wrong_figure(modelled: App, statement: str) -> None:
    assert lied(modelled, f"{statement} [KEY]").rejected[0].reason is Reason.FIGURES


@pytest.mark.parametrize(
    "statement",
    [
        "Sushi in Osaka is best eaten before noon.",
        "A foreign maker must work through a licensed MAH or a DMAH in Brazil.",
        "A foreign maker must work through a licensed MAH of the FDA in Japan.",
        "A foreign maker need not work through a licensed MAH or a DMAH in Japan.",
        "A foreign maker must work through a licensed MAH in Japan, such as Siemens Healthineers.",
    ],
)
def test_lie_4_an_answer_from_its_own_head(modelled: App, statement: str) -> None:
    lied(modelled, f"{statement} [KEY]")


def test_lie_5_endless_text(modelled: App) -> None:
    assert lied(modelled, "MAH " * 300 + "[KEY]").rejected[0].reason is Reason.FORM
    endless = answer(modelled, "good", f"{TRUE} [KEY]\n" * 400)
    assert [claim.text for claim in endless.claims] == [TRUE]
    assert endless.dropped < 100  # a stream that goes on is not read to its end
    without_an_end = answer(modelled, "good", f"{TRUE} [KEY]\n" + "MAH " * 10_000)
    assert [claim.text for claim in without_an_end.claims] == [TRUE]


@pytest.mark.parametrize("reply", ["", "\n\n \n", "[KEY]\n", "… [KEY]\n"])
def test_lie_6_empty_text(modelled: App, reply: str) -> None:
    given = answer(modelled, "good", reply)
    assert given.claims[0].kind is ClaimKind.ANSWER
    assert ClaimKind.STATEMENT not in {claim.kind for claim in given.claims}
    assert given.notice in {say("en", "model_unavailable"), say("en", "model_unsupported")}


@pytest.mark.parametrize(
    "statement",
    [
        "Un fabbricante estero deve lavorare tramite un MAH o un DMAH autorizzato in Giappone.",
        "Ein ausländischer Hersteller muss in Japan über einen zugelassenen MAH oder DMAH arbeiten.",
        "外国メーカーは日本で認可されたMAHまたはDMAHを通じて事業を行う必要があります。",
    ],
)
def test_lie_7_another_language_than_the_reader_s(modelled: App, statement: str) -> None:
    assert lied(modelled, f"{statement} [KEY]").rejected[0].reason is Reason.LANGUAGE


def test_lie_8_the_prompt_echoed(modelled: App) -> None:
    given = answer(modelled, "good", f"[PROMPT]\n{TRUE} [KEY]\n")
    assert ClaimKind.STATEMENT not in {claim.kind for claim in given.claims if claim.text != TRUE}
    rules = [line.strip("- ") for line in PROMPT.read_text("utf-8").split("\n") if len(line) > 40]
    keyed = answer(modelled, "good", "".join(f"{rule} [KEY]\n" for rule in rules))
    assert ClaimKind.STATEMENT not in {claim.kind for claim in keyed.claims}
    assert all(rule not in seen(given) + seen(keyed) for rule in rules)


@pytest.mark.parametrize(
    "lie",
    [
        f"{TRUE} ![x](http://evil.example/x.png)",
        f"[{TRUE}](http://evil.example)",
        f"See https://evil.example/track?q=MAH {TRUE}",
        f"| {TRUE} | {TRUE} |",
        f"```{TRUE}```",
    ],
)
def test_lie_9_a_markdown_bomb(modelled: App, lie: str) -> None:
    given = lied(modelled, f"{lie} [KEY]")
    assert given.rejected[0].reason is Reason.FORM
    assert "evil" not in seen(given)


@pytest.mark.parametrize(
    "dressed", [f"{TRUE} See https://evil.example/track?q=MAH", f"# {TRUE}", f"{'**' * 200}{TRUE}{'**' * 200}"]
)
def test_of_a_markdown_bomb_the_sentence_that_stands_is_shown_without_its_dress(modelled: App, dressed: str) -> None:
    given = answer(modelled, "good", f"{dressed} [KEY]\n{TRUE} [KEY]\n")
    assert [(claim.text, claim.kind) for claim in given.claims] == [(TRUE, ClaimKind.STATEMENT)]
    assert "evil" not in seen(given)
    assert "**" not in seen(given)


@pytest.mark.parametrize(
    "lie",
    [
        f"{TRUE} <script>alert(1)</script>",
        f"<b>{TRUE}</b>",
        f'<img src="http://evil.example/x.png" onerror="alert(1)"> {TRUE}',
        f"{TRUE} <!-- hidden -->",
    ],
)
def test_lie_10_html_and_script(modelled: App, lie: str) -> None:
    given = lied(modelled, f"{lie} [KEY]")
    assert given.rejected[0].reason is Reason.FORM
    assert "<script" not in seen(given)
    assert "<img" not in seen(given)


def test_when_nothing_that_was_written_stands_the_answer_is_quoted_and_says_so(modelled: App) -> None:
    given = answer(modelled, "good", "Sushi in Osaka is best eaten before noon. [KEY]\n")
    assert given.outcome is Outcome.GROUNDED
    assert given.claims[0].kind is ClaimKind.ANSWER
    assert given.notice == say("en", "model_unsupported")


def test_a_model_that_cannot_answer_leaves_the_question_unanswered(modelled: App) -> None:
    given = answer(modelled, "good", f"{CANNOT_ANSWER}\n")
    assert given.outcome is Outcome.NOT_IN_LIBRARY
    assert given.claims == ()


@pytest.mark.parametrize("mode", ["401", "429", "500", "nonsense"])
def test_a_provider_that_fails_leaves_quotations_and_a_notice(modelled: App, mode: str) -> None:
    given = answer(modelled, mode, TRUE)
    assert given.outcome is Outcome.GROUNDED
    assert ClaimKind.STATEMENT not in {claim.kind for claim in given.claims}
    assert given.notice == say("en", "model_unavailable")


@pytest.mark.parametrize("mode", ["stall", "drip", "cut"])
def test_what_was_shown_before_a_model_broke_off_stays_and_the_person_is_told(impatient: App, mode: str) -> None:
    given = answer(impatient, mode, f"{TRUE} [KEY]\n" + "The PMDA reviews the file of the product in Japan " * 7)
    assert given.claims[0].text == TRUE
    assert given.claims[0].kind is ClaimKind.STATEMENT
    if mode != "cut":
        assert given.notice == say("en", "model_broke_off")


def test_errors_of_the_client_become_two_of_ours(server: str) -> None:
    model = chat_model(Settings(chat_model="scripted", chat_url=server, chat_seconds=60))
    assert model is not None
    ChatHandler.mode = "401"
    with pytest.raises(ModelRefused, match="MARKET_ENTRY_CHAT_URL"):
        list(model.stream("hello"))
    dead = chat_model(Settings(chat_model="scripted", chat_url="http://127.0.0.1:9/v1", chat_seconds=60))
    assert dead is not None
    with pytest.raises(ModelUnavailable, match="does not answer"):
        list(dead.stream("hello"))


def test_the_prompt_carries_keys_passages_language_and_question(modelled: App) -> None:
    answer(modelled, "good", f"{TRUE} [KEY]\n", "Brauchen wir in Japan einen Vertreter vor Ort für ein Medizinprodukt?")
    prompt = ChatHandler.asked[0]["messages"][0]["content"]
    assert "Write in German" in prompt
    assert "[P1]" in prompt
    assert "Brauchen wir in Japan" in prompt
    assert "$" not in PROMPT.read_text("utf-8").replace("$language", "").replace("$cannot", "").replace(
        "$passages", ""
    ).replace("$question", "")
