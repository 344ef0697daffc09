from rekey.report.chain import links, main_chain, parents
from tests.report.samples import CREDENTIALS


def test_parents_are_indices_of_earlier_nodes() -> None:
    assert parents(CREDENTIALS) == [None, 0, 1, 2, 3, 4, 4, 2]


def test_a_circle_in_the_log_becomes_a_forest() -> None:
    first, second = CREDENTIALS[2], CREDENTIALS[3]
    circle = [first.model_copy(update={"parent_id": second.credential.id}), second]
    assert parents(circle) == [None, 0]
    own = first.model_copy(update={"parent_id": first.credential.id})
    assert parents([own]) == [None]


def test_main_chain_ends_at_the_deepest_alert_used_last() -> None:
    ids = [node.credential.id for node in main_chain(CREDENTIALS)]
    assert ids == [CREDENTIALS[place].credential.id for place in (0, 1, 2, 3, 4, 6)]


def test_without_alerts_the_deepest_chain_is_told() -> None:
    quiet = [node.model_copy(update={"alerts": ()}) for node in CREDENTIALS[:4]]
    assert len(main_chain(quiet)) == 4
    assert main_chain([]) == []


def test_links_say_how_sure_each_step_is() -> None:
    told = links(CREDENTIALS)
    assert [link.sure for link in told] == [
        None, "derived", "proven", "proven", "proven", "ambiguous"
    ]  # fmt: skip
    assert told[2].kind == "AWS session key"
    assert told[5].id.startswith("principal://") and "…" in told[5].id


def test_a_step_whose_certainty_is_not_recorded_is_unknown() -> None:
    unsure = CREDENTIALS[3].model_copy(update={"link": None})
    assert [link.sure for link in links([CREDENTIALS[2], unsure])] == [None, "unknown"]


def test_of_two_nodes_with_one_id_the_first_is_the_parent() -> None:
    twice = [CREDENTIALS[2], CREDENTIALS[2], CREDENTIALS[3]]
    assert parents(twice) == [None, None, 0]
